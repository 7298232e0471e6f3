import { createPublicKey } from "node:crypto";

import { decodeJwt, errors, jwtVerify, type JWTPayload } from "jose";

import type { AppRecord } from "../state.ts";
import type { World } from "../world.ts";
import { problem, type Answer } from "./answer.ts";
import type { Identity } from "./call.ts";

const MAX_LIFE_SECONDS = 600;
const CLOCK_SKEW_SECONDS = 60;

export type Authenticate = (world: World, authorization: string | undefined) => Promise<Identity | Answer>;

/** Tells an App's own JWT from an installation token and checks either; the answer is what GitHub says to a bad one. */
export function authenticator(): Authenticate {
  return async (world, authorization) => {
    const [, credential] = /^(?:bearer|token)\s+(\S+)$/i.exec(authorization ?? "") ?? [];
    if (credential === undefined) return problem(401, "Requires authentication");
    return credential.startsWith("ghs_") ? byToken(world, credential) : await byJwt(world, credential);
  };
}

function byToken(world: World, credential: string): Identity | Answer {
  const token = world.state.tokens.get(credential);
  const installation = token && world.state.installations.get(token.installationId);
  if (token === undefined || installation === undefined || token.expiresAtMs <= world.now()) {
    return problem(401, "Bad credentials");
  }
  return { kind: "token", token, installation };
}

/** Rules of GitHub's docs, "Generating a JSON Web Token": RS256, `iss` the App, `exp` at most ten minutes ahead. */
async function byJwt(world: World, credential: string): Promise<Identity | Answer> {
  let claims: JWTPayload;
  let app: AppRecord | undefined;
  try {
    const currentDate = new Date(world.now());
    app = issuerOf(world, decodeJwt(credential));
    if (app === undefined) return problem(404, "Integration not found");
    const key = createPublicKey(app.publicKeyPem);
    const verified = await jwtVerify(credential, key, { algorithms: ["RS256"], currentDate });
    claims = verified.payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) return problem(401, expired());
    return problem(401, "A JSON web token could not be decoded");
  }
  return claimsProblem(world, claims) ?? { kind: "app", app };
}

function issuerOf({ state }: World, { iss }: JWTPayload): AppRecord | undefined {
  return String(iss) === String(state.app.id) ? state.app : state.registered.get(Number(iss));
}

function claimsProblem(world: World, claims: JWTPayload): Answer | undefined {
  const nowSeconds = world.now() / 1000;
  if (claims.exp === undefined) return problem(401, expired());
  if (claims.exp > nowSeconds + MAX_LIFE_SECONDS) {
    return problem(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  if (claims.iat === undefined || claims.iat > nowSeconds + CLOCK_SKEW_SECONDS) {
    return problem(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  return undefined;
}

function expired(): string {
  return "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
}
