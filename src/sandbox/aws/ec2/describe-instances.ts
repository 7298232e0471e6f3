import { createHash } from "node:crypto";
import type { Ec2Carry } from "./ec2-context.ts";
import { ec2Error, invalidValue } from "./ec2-error.ts";
import type { Ec2Instance } from "./ec2-instance.ts";
import { readInstanceFilters } from "./instance-filters.ts";
import { reservationXml } from "./instance-xml.ts";
import { knownInstances } from "./known-instance.ts";

const mostResults = 1000;

/**
 * Instances by id or filter. As in EC2 a page is cut before it is filtered: it can be short, or empty, and still not
 * be the last one. The fault `not-found-yet` hides what no description has ever shown.
 */
export const describeInstances: Ec2Carry = ({ fleet, account, shown }, query, fault) => {
  const ids = query.texts("InstanceId");
  const matches = readInstanceFilters(query);
  const maxResults = readMaxResults(query.text("MaxResults"), ids);
  const token = query.text("NextToken");
  const dryRun = query.flag("DryRun") ?? false;
  query.flag("IncludeManagedResources");
  query.refuseUnread();
  const known = fleet.known().filter(({ facts }) => fault !== "not-found-yet" || shown.has(facts.number));
  const wanted = ids.length > 0 ? knownInstances(ids, known) : known;
  if (dryRun) throw ec2Error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.");
  const request = createHash("sha256").update(query.fingerprint(["NextToken", "MaxResults"])).digest("base64url"); // prettier-ignore
  const after = token === undefined || token === "" ? -1 : readToken(token, request);
  const rest = wanted.filter(({ facts }) => facts.number > after);
  const page = rest.slice(0, maxResults);
  const found = page.filter(matches);
  for (const { facts } of found) shown.add(facts.number);
  const last = page.at(-1);
  return {
    reservationSet: reservationsOf(found).map((instances) => reservationXml(instances, account)),
    nextToken: rest.length > page.length && last !== undefined ? writeToken(last.facts.number, request) : undefined,
  };
};

function readMaxResults(text: string | undefined, ids: readonly string[]): number {
  if (text === undefined) return mostResults;
  if (ids.length > 0) {
    const message = "The parameter instancesSet cannot be used with the parameter maxResults";
    throw ec2Error("InvalidParameterCombination", message);
  }
  const value = Number(text);
  if (!Number.isInteger(value)) throw invalidValue(text, "maxResults", "Expecting an integer.");
  if (value < 5) throw invalidValue(text, "maxResults", "Expecting a value greater than 5.");
  if (value > mostResults) throw invalidValue(text, "maxResults", `Expecting a value less than ${mostResults}.`);
  return value;
}

function reservationsOf(instances: readonly Ec2Instance[]): Ec2Instance[][] {
  return [...Map.groupBy(instances, ({ facts }) => facts.reservationId).values()];
}

/** A token goes on after an instance, for the same request only. */
function writeToken(number: number, request: string): string {
  return Buffer.from(JSON.stringify([number, request])).toString("base64url");
}

function readToken(token: string, request: string): number {
  try {
    const [number, of] = JSON.parse(Buffer.from(token, "base64url").toString("utf8")) as [unknown, unknown];
    if (typeof number === "number" && of === request) return number;
  } catch {
    // answered like any other wrong token
  }
  throw ec2Error("InvalidNextToken", "The specified NextToken is corrupted or expired.");
}
