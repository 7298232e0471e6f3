import type { Faults } from "../../faults.ts";
import type { Contract } from "../../openapi/validator.ts";
import type { DeliveryRecord } from "../state.ts";
import { violate, type World } from "../world.ts";
import { notFound, problem, type Answer } from "./answer.ts";
import type { Authenticate } from "./authenticate.ts";
import type { Identity, OpenCall, Operation, OrganizationCall, RepositoryCall } from "./call.ts";
import { faultAnswer, takeFault } from "../faults.ts";
import { jsonText } from "./json-text.ts";
import { OPERATIONS } from "./operations.ts";
import { permissionsText } from "./permissions.ts";
import { charge, exhausted, rateHeaders, type RateResource } from "./rate-limits.ts";
import type { RequestsUnderWay } from "./requests-under-way.ts";
import { scopeOf } from "./scope-of.ts";
import { secondaryLimit } from "./secondary-limits.ts";

export type RestRequest = {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly accept: string;
  /** The whole body as text: a request is under way from its head on. */
  readonly readBody: () => Promise<string>;
};

export type RestReply = { readonly answer: Answer; readonly text: string; readonly lost: boolean };

/** What answering needs beside the world. */
export type RestDoors = {
  readonly contract: Contract;
  readonly faults: Faults;
  readonly authenticate: Authenticate;
  readonly underWay: RequestsUnderWay;
  readonly redeliver: (delivery: DeliveryRecord) => void;
};

/**
 * Answers one REST request: fault, credentials, rate limits, repository and permission, contract, effect, in this
 * order. `lost` means that the caller must not hear of the answer.
 */
export async function answerRequest(world: World, doors: RestDoors, request: RestRequest): Promise<RestReply> {
  const { method, url } = request;
  const found = doors.contract.operation(method, url.pathname);
  const operation = OPERATIONS.find(({ id }) => id === found?.id);
  if (found === undefined || operation === undefined) {
    violate(world, `${method} ${url.pathname}: ${found === undefined ? "no such operation" : "not in the sandbox"}`);
    return reply(found === undefined ? notFound() : problem(501, `${found.id} is not in the sandbox`));
  }
  world.state.calls.set(found.id, (world.state.calls.get(found.id) ?? 0) + 1);
  const fault = takeFault(doors.faults, found.id);
  const struck = fault === undefined ? undefined : faultAnswer(fault, world.now(), world.timings);
  if (struck !== undefined) return reply(struck);
  const answer =
    operation.auth === "nobody"
      ? checkedAnswer(world, doors, { ...request, body: await request.readBody() }, operation, found.parameters)
      : await perform(world, doors, request, operation, found.parameters);
  const sent = reply(answer, fault === "lost-reply");
  checkAnswer(world, doors, operation, sent);
  return sent;
}

/** Operations that want to know who calls. */
type Identified = Exclude<Operation, { readonly auth: "nobody" }>;

async function perform(
  world: World,
  doors: RestDoors,
  request: RestRequest,
  operation: Identified,
  path: Readonly<Record<string, string>>,
): Promise<Answer> {
  const identity = await doors.authenticate(world, request.authorization);
  if ("status" in identity) return identity;
  const visit = doors.underWay.enter(world, identity);
  try {
    const body = await request.readBody();
    const answer =
      limited(world, identity, operation, request.method, visit.refused) ??
      authorizedAnswer(world, doors, { ...request, body }, operation, path, identity);
    const rate = rateHeaders(world, identity, bucketOf(operation));
    const accepted =
      "permission" in operation ? { "x-accepted-github-permissions": permissionsText(operation.permission) } : {};
    return { ...answer, headers: { ...rate, ...accepted, ...answer.headers } };
  } finally {
    visit.leave();
  }
}

/** What GitHub answers instead when the caller has asked for too much; every request counts, also a refused one. */
function limited(
  world: World,
  identity: Identity,
  operation: Operation,
  method: string,
  refused: Answer | undefined,
): Answer | undefined {
  if (operation.resource === "none") return refused;
  const resource = bucketOf(operation);
  charge(world, identity, resource);
  const secondary = secondaryLimit(world, identity, operation, method);
  return exhausted(world, identity, resource) ?? refused ?? secondary;
}

function bucketOf({ resource }: Operation): RateResource {
  return resource === undefined || resource === "none" ? "core" : resource;
}

function authorizedAnswer(
  world: World,
  doors: RestDoors,
  request: ReadRequest,
  operation: Identified,
  path: Readonly<Record<string, string>>,
  identity: Identity,
): Answer {
  const scope = scopeOf(world, operation, path, identity);
  if ("status" in scope) return scope;
  const call = checkedCall(world, doors, request, operation, path);
  if ("status" in call) return call;
  if (operation.auth === "repository") return operation.handle({ ...call, identity, ...scope } as RepositoryCall);
  if (operation.auth === "organization") return operation.handle({ ...call, identity, ...scope } as OrganizationCall);
  return operation.handle({ ...call, identity });
}

type ReadRequest = RestRequest & { readonly body: string };

/** The answer of an operation that anybody may call. */
function checkedAnswer(
  world: World,
  doors: RestDoors,
  request: ReadRequest,
  operation: Exclude<Operation, Identified>,
  path: Readonly<Record<string, string>>,
): Answer {
  const call = checkedCall(world, doors, request, operation, path);
  return "status" in call ? call : operation.handle(call);
}

/** A request that keeps to GitHub's description, or what GitHub says to one that does not. */
function checkedCall(
  world: World,
  doors: RestDoors,
  request: ReadRequest,
  operation: Operation,
  path: Readonly<Record<string, string>>,
): OpenCall | Answer {
  const parsed = parseBody(request.body);
  if (parsed === "broken") {
    violate(world, `${operation.id}: the body is not JSON`);
    return problem(400, "Problems parsing JSON");
  }
  const errors = doors.contract.requestErrors(request.method, request.url.pathname + request.url.search, parsed.value);
  for (const error of errors) violate(world, `request ${error}`);
  if (errors.length > 0) return problem(422, `Invalid request.\n\n${errors.join("\n")}`);
  return {
    world,
    path,
    query: request.url.searchParams,
    url: request.url,
    accept: request.accept,
    body: (parsed.value ?? {}) as Record<string, unknown>,
    redeliver: doors.redeliver,
  };
}

function parseBody(text: string): { readonly value: unknown } | "broken" {
  if (text === "") return { value: undefined };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return "broken";
  }
}

/** What is checked is what is sent, digit by digit. */
function checkAnswer(world: World, { contract }: RestDoors, operation: Operation, { answer, text }: RestReply): void {
  // a body that is not JSON is refused before any operation is looked at
  if (answer.status === 400) return;
  const body: unknown = answer.raw === undefined && text !== "" ? JSON.parse(text) : undefined;
  const shown = answer.raw === undefined ? body : text;
  for (const error of contract.responseErrors(operation.id, answer.status, shown)) violate(world, `answer ${error}`);
}

function reply(answer: Answer, lost = false): RestReply {
  const json = answer.body === undefined ? "" : jsonText(answer.body);
  return { answer, text: answer.raw?.text ?? json, lost };
}
