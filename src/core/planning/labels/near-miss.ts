import { nearest } from "../nearest.ts";
import { reservedNames } from "../runner-config/runner-name.ts";
import { hasPrefix } from "./has-prefix.ts";
import type { KnownRunners } from "./label-verdict.ts";
import { asItLooks } from "./look-alike.ts";
import { runnerOfSet } from "./runner-of-set.ts";
import { shown } from "./shown.ts";

/** Nobody writes longer ones, and they come from strangers; GitHub's own limit is 256. */
const mostCharacters = 300;
/** What may stand beside our labels, and is nobody's name. */
const besideLabels = new Set(["self-hosted", "linux", "x64", "arm64"]);
/** Shorter prefixes have too many words near them. */
const shortestForTypos = 4;

/** Ends of prefixes that other stages of a Mayfly have: `mayfly-dev` is theirs, no slip. */
const stages = new Set(
  "alpha beta canary ci dev develop development local preview prod production qa sandbox stage staging test testing uat".split(
    " ",
  ),
);

/**
 * A sentence for the author of labels that are not ours but may have been meant so, with what to write instead. The
 * labels in lower case, without doubles, in an order that does not depend on the author's. Undefined: most likely they
 * are somebody else's.
 */
export function nearMissOf(labels: readonly string[], prefix: string, known: KnownRunners): string | undefined {
  for (const label of labels) {
    const found = nearLabel(label.slice(0, mostCharacters), prefix, known);
    if (found !== undefined) return found;
  }
  return nearSet(new Set(labels), prefix, known);
}

function nearLabel(label: string, prefix: string, known: KnownRunners): string | undefined {
  return (
    listInOne(label, prefix, known) ??
    foreignLetters(label, prefix) ??
    blanks(label, prefix) ??
    otherSeparator(label, prefix, known) ??
    typo(label, prefix)
  );
}

/** `"self-hosted, mayfly"`: YAML takes it for one text. */
function listInOne(label: string, prefix: string, { runners }: KnownRunners): string | undefined {
  if (!label.includes(",")) return undefined;
  const pieces = label.split(",").map((piece) => piece.trim());
  const ours = pieces.some((piece) => hasPrefix(piece, prefix)) || runnerOfSet(new Set(pieces), runners) !== undefined;
  return ours ? oneText(label, pieces) : undefined;
}

function oneText(label: string, pieces: readonly string[]): string {
  const list = pieces.filter((piece) => piece !== "").join(", ");
  return `${shown(label)} is one label to GitHub, not several: write \`runs-on:\` as the list ${shown(`[${list}]`)}.`;
}

function blanks(label: string, prefix: string): string | undefined {
  const pieces = label.trim().split(/\s+/);
  if (pieces.length === 1 && pieces[0] === label) return undefined;
  const own = pieces.findIndex((piece) => hasPrefix(piece, prefix));
  if (own < 0) return undefined;
  const name = pieces.at(-1) ?? "";
  if (own === 0 && pieces.length === 2 && /^[a-z0-9][a-z0-9._=-]*$/.test(name) && !besideLabels.has(name)) {
    return `${shown(label)} holds a blank, as no Mayfly label does: write ${shown(pieces.join("/"))}.`;
  }
  if (pieces.length > 1) return oneText(label, pieces);
  return `The label ${shown(pieces[0] ?? "")} stands in blanks: remove them.`;
}

function foreignLetters(label: string, prefix: string): string | undefined {
  const looks = asItLooks(label, prefix);
  if (looks === undefined || !hasPrefix(looks.plain, prefix)) return undefined;
  const code = `U+${looks.foreign.toString(16).toUpperCase().padStart(4, "0")}`;
  return `A label looks like ${shown(looks.plain)} but holds another letter (${code}): type it anew.`;
}

/** `mayfly-lint`, `mayfly_lint`, `mayfly:lint`. */
function otherSeparator(label: string, prefix: string, { runners }: KnownRunners): string | undefined {
  const separator = label[prefix.length] ?? "";
  if (!label.startsWith(prefix) || separator === "" || !String.raw`-_:.=\|+@#~`.includes(separator)) return undefined;
  const rest = label.slice(prefix.length + 1);
  const [name = "", ...more] = rest.split("/");
  const isRunner = runners.has(name) || reservedNames.includes(name);
  // `mayfly-dev/build` is how another installation's labels look
  if (!isRunner && (stages.has(name) || (separator === "-" && more.length > 0))) return undefined;
  return noLabel(label, rest === "" ? prefix : `${prefix}/${rest}`);
}

/** `mafly/build`, `mayflies`. */
function typo(label: string, prefix: string): string | undefined {
  const [head = "", ...rest] = label.split("/");
  if (prefix.length < shortestForTypos) return undefined;
  const near = head === prefix.replace(/y$/, "ies") || nearest(head, [prefix], 1) !== undefined;
  return near ? noLabel(label, [prefix, ...rest].join("/")) : undefined;
}

function noLabel(label: string, meant: string): string {
  return `${shown(label)} is no Mayfly label: write ${shown(meant)} if Mayfly is to run the job.`;
}

/** A set that is a runner's `labels` but for one label. */
function nearSet(labels: ReadonlySet<string>, prefix: string, { runners }: KnownRunners): string | undefined {
  for (const [key, { name, values }] of runners) {
    const wanted = new Set(values.labels?.map((label) => label.toLowerCase()));
    if (Math.abs(wanted.size - labels.size) !== 1) continue;
    const [larger, smaller] = wanted.size > labels.size ? [wanted, labels] : [labels, wanted];
    const odd = [...larger].filter((label) => !smaller.has(label));
    // without `self-hosted` they are GitHub's own runners' as a rule
    if (odd.length !== 1 || smaller.size === 0 || !(labels.has("self-hosted") || odd[0] === "self-hosted")) continue;
    const what = larger === wanted ? `lack ${shown(odd[0] ?? "")}` : `have ${shown(odd[0] ?? "")} too many`;
    return `The labels ${what} to be those of the runner ${shown(name)}: write ${shown(`${prefix}/${key}`)}, or exactly its \`labels\`.`;
  }
  return undefined;
}
