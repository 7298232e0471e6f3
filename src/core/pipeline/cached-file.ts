import type { Core } from "../core.ts";
import { isCallError } from "../errors/call-error.ts";
import { change } from "../model/change.ts";
import type { RepositoryFile } from "../model/repository-file.ts";

/** Failures that say nothing about the file. */
const passing = ["unavailable", "lost-reply", "rate-limited"] as const;

/** So old may a file be that cannot be read again. */
const oldestMs = 3_600_000;

const mostShas = 8;

export type FileSource = {
  readonly key: string;
  /** How long it is kept; default: `fileSeconds`. */
  readonly seconds?: number;
  /** A commit of the default branch: what was read for another one may be out of date already. */
  readonly sha?: string | undefined;
  /** Reads it at GitHub; undefined when there is none. */
  readonly read: () => Promise<string | undefined>;
  /** Whether the text may be used; without this function every text may. */
  readonly isGood?: (text: string) => boolean;
};

/**
 * A text of a default branch, kept in the store for a while; that there is none is kept too, a failure never. The
 * record also holds the newest text that was good, so that a broken one can be passed over.
 */
export async function readCachedFile(core: Core, source: FileSource): Promise<Pick<RepositoryFile, "text" | "good">> {
  const { key } = source;
  const known = await core.store.files.read(key);
  const nowMs = core.clock.nowMs();
  if (known !== undefined && isFresh(core, known, source)) return known;
  try {
    const text = await source.read();
    const good = text === undefined || isGood(source, text) ? text : known?.good;
    return await keep(core, known, { key, text, good, readAtMs: nowMs, shas: shasOf(known, source) });
  } catch (error) {
    // What was read a while ago is more likely right than nothing.
    if (isCallError(error, ...passing) && known !== undefined && nowMs < known.readAtMs + oldestMs) return known;
    // Without the permission to read files a repository has the defaults.
    if (!isCallError(error, "forbidden", "not-found")) throw error;
    core.log.warn("file not readable: defaults are used", { key, detail: error.message });
    const nothing = { key, text: undefined, good: undefined, readAtMs: nowMs };
    return await keep(core, known, { ...nothing, shas: shasOf(known, source) });
  }
}

function isFresh(core: Core, known: RepositoryFile, { sha, seconds }: FileSource): boolean {
  const isYoung = core.clock.nowMs() < known.readAtMs + (seconds ?? core.settings.timings.fileSeconds) * 1000;
  return isYoung && (sha === undefined || known.shas?.includes(sha) === true);
}

/** Jobs of several pushes come by turns: each push is a reason to read once. */
function shasOf(known: RepositoryFile | undefined, { sha }: FileSource): readonly string[] {
  const before = known?.shas ?? [];
  return sha === undefined || before.includes(sha) ? before : [...before, sha].slice(-mostShas);
}

function isGood({ isGood: judge }: FileSource, text: string): boolean {
  return judge === undefined || judge(text);
}

/** Whoever was first has read the same. */
async function keep(
  core: Core,
  known: RepositoryFile | undefined,
  read: Omit<RepositoryFile, "schema" | "version">,
): Promise<RepositoryFile> {
  const record: RepositoryFile = { schema: 1, version: (known?.version ?? 0) + 1, ...read };
  await core.store.files.write(record);
  return record;
}

/** The file has changed: whoever needs it next reads it again, and as long as GitHub does not answer has what was there. */
export async function forgetFile(core: Core, key: string): Promise<void> {
  const { fileSeconds, ownersFileSeconds } = core.settings.timings;
  const overdueAtMs = core.clock.nowMs() - Math.max(fileSeconds, ownersFileSeconds) * 1000;
  await change(core.store.files, key, (record) =>
    record.readAtMs <= overdueAtMs ? undefined : { ...record, readAtMs: overdueAtMs },
  );
}
