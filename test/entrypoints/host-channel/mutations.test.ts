import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { array, assert, asyncProperty, constantFrom, jsonValue, nat, oneof, record, string, tuple } from "fast-check";
import type { Arbitrary } from "fast-check";
import { openHostChannel, tokenOf } from "./rig.ts";
import type { HostChannel } from "./rig.ts";

type Fields = Readonly<Record<string, unknown>>;
type Request = { readonly path: string; readonly fields: Fields };

let channel: HostChannel;
/** Right requests that may be repeated without anything but their own runner changing. */
const right: Request[] = [];
/** What somebody who has seen other requests might put into one. */
const seen: unknown[] = [undefined, null, "", "one", "two", true, 0, [], {}];

beforeAll(async () => {
  channel = await openHostChannel();
  channel.world.ec2.bootSeconds = 100_000;
  const [claimed, listening, instance, untouched] = [
    await channel.launch(),
    await channel.launch(),
    await channel.launch("mayfly/ec2"),
    await channel.launch(),
  ];
  const identity = { document: channel.world.ec2.machines[0]?.instanceId, signature: "genuine" };
  const claim = { runner: claimed, token: tokenOf(claimed), claimId: "one" };
  const instanceClaim = { runner: instance, token: tokenOf(instance), claimId: "one", identity };
  const session = await channel.session(listening);
  await channel.event(listening, session, "listening");
  right.push(
    { path: "/host/claim", fields: claim },
    { path: "/host/claim", fields: instanceClaim },
    { path: "/host/event", fields: { runner: listening, session, type: "notice", cause: "2026-11-22T12:00:00Z" } },
    { path: "/host/event", fields: { runner: listening, session, type: "booted", logGroup: "/g", logStream: "s" } },
  );
  for (const { path, fields } of right) expect([200, 204]).toContain((await channel.send(path, fields)).status);
  const names = [claimed, listening, instance, untouched];
  seen.push(...names, ...names.map(tokenOf), session, identity, ...right.map(({ fields }) => fields["session"]));
});

afterAll(async () => {
  await channel.close();
});

/** As the strictest reader would have it; undefined when the bytes are no request at all. */
function readStrictly(bytes: Uint8Array): Fields | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** Says the same as the right request in everything that proves who speaks. */
function isRight({ path, fields }: Request, sent: Fields | undefined): boolean {
  const proof = path === "/host/claim" ? ["runner", "token", "claimId"] : ["runner", "session"];
  if (sent === undefined || proof.some((key) => sent[key] !== fields[key])) return false;
  if (path === "/host/event") return true;
  const [meant, shown] = [fields["identity"], sent["identity"]] as (Fields | undefined)[];
  return meant === undefined || ["document", "signature"].every((key) => shown?.[key] === meant[key]);
}

/** Sends it; only the right one is granted, and then only its own runner has changed. */
async function attack(base: Request, bytes: Uint8Array): Promise<void> {
  const before = await channel.records();
  const minted = channel.minted();
  const { status, body } = await channel.send(base.path, bytes);
  const granted = status === 200 || status === 204;
  const after = await channel.records();
  if (isRight(base, readStrictly(bytes))) {
    const own = String(base.fields["runner"]);
    expect({ ...after, [own]: undefined }).toEqual({ ...before, [own]: undefined });
    return;
  }
  expect({ granted, body, minted: channel.minted(), after }).toEqual({
    granted: false,
    body: {},
    minted,
    after: before,
  });
  expect([400, 401, 409, 410]).toContain(status);
}

const base = (): Arbitrary<Request> => constantFrom(...right);

/** A part of a text changed as somebody would who guesses. */
const textChanges: Arbitrary<(text: string) => string> = oneof(
  nat().map((at) => (text: string) => text.slice(0, at % (text.length + 1))),
  tuple(nat(), string({ unit: "binary", minLength: 1, maxLength: 3 })).map(([at, more]) => (text: string) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + more + text.slice(place);
  }),
  tuple(nat(), constantFrom(..."0123456789abcdef-_ \0\n".split(""))).map(([at, char]) => (text: string) => {
    const place = at % Math.max(1, text.length);
    return text.slice(0, place) + char + text.slice(place + 1);
  }),
  constantFrom<(text: string) => string>(
    (text) => text.toUpperCase(),
    (text) => ` ${text}`,
    (text) => `${text}\u200b`,
    (text) => text.replace(/\d/, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    (text) => text.replace("a", "а"),
    (text) => text + text,
  ),
);

const fieldChanges = (): Arbitrary<(fields: Fields) => Fields> => {
  const keys = constantFrom("runner", "token", "claimId", "session", "type", "identity", "cause", "x");
  return oneof(
    tuple(keys, constantFrom(...seen)).map(([key, value]) => (fields: Fields) => ({ ...fields, [key]: value })),
    tuple(keys, jsonValue()).map(([key, value]) => (fields: Fields) => ({ ...fields, [key]: value })),
    tuple(keys, textChanges).map(([key, change]) => (fields: Fields) => ({
      ...fields,
      [key]: typeof fields[key] === "string" ? change(fields[key]) : fields[key],
    })),
    tuple(keys, keys).map(([one, other]) => (fields: Fields) => ({
      ...fields,
      [one]: fields[other],
      [other]: fields[one],
    })),
    tuple(constantFrom("document", "signature"), textChanges).map(([key, change]) => (fields: Fields) => {
      const identity = fields["identity"] as Record<string, string> | undefined;
      return { ...fields, ...(identity && { identity: { ...identity, [key]: change(identity[key] ?? "") } }) };
    }),
  );
};

/** One byte changed, taken out or put in. */
const byteChanges = record({ at: nat(), value: nat({ max: 255 }), how: constantFrom("change", "remove", "insert") });

/** `ended` would be granted to its own session, and end the runner that these tests speak for. */
const ends = (bytes: Uint8Array): boolean => readStrictly(bytes)?.["type"] === "ended";

describe("whatever is changed in a right request, it opens no other door", () => {
  test("fields", async () => {
    const attacks = asyncProperty(
      base(),
      array(fieldChanges(), { minLength: 1, maxLength: 3 }),
      async (one, changes) => {
        const fields = changes.reduce((changed, change) => change(changed), one.fields);
        const bytes = Buffer.from(JSON.stringify(fields));
        if (!ends(bytes)) await attack(one, bytes);
      },
    );
    await assert(attacks, { numRuns: 600 });
  });

  test("bytes", async () => {
    const attacks = asyncProperty(base(), array(byteChanges, { minLength: 1, maxLength: 2 }), async (one, changes) => {
      let bytes: Uint8Array = Buffer.from(JSON.stringify(one.fields));
      for (const { at, value, how } of changes) {
        const place = at % (bytes.length + 1);
        const kept = how === "insert" ? place : place + 1;
        const put = how === "remove" ? [] : [value];
        bytes = Buffer.concat([bytes.subarray(0, place), Buffer.from(put), bytes.subarray(kept)]);
      }
      if (!ends(bytes)) await attack(one, bytes);
    });
    await assert(attacks, { numRuns: 600 });
  });

  test("anything instead of a request", async () => {
    const attacks = asyncProperty(base(), jsonValue(), async (one, value) => {
      await attack(one, Buffer.from(JSON.stringify(value)));
    });
    await assert(attacks, { numRuns: 100 });
  });

  test("and the right ones are still granted after all that", async () => {
    for (const { path, fields } of right) {
      const first = await channel.send(path, fields);
      // many right claims were made: the next one may have to wait for its turn at GitHub
      channel.world.clock.advance(Number(first.headers["retry-after"] ?? 0));
      const { status } = first.status === 503 ? await channel.send(path, fields) : first;
      expect([200, 204]).toContain(status);
    }
  });
});
