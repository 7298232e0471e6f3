import { generateKeyPairSync } from "node:crypto";
import { pino } from "pino";
import { freePort } from "../../src/entrypoints/local/free-port.ts";
import { startSandbox } from "../../src/entrypoints/local/sandbox-session.ts";
import type { Sandbox, SandboxOptions } from "../../src/entrypoints/local/sandbox-session.ts";
import { startWorld } from "../../src/entrypoints/local/stand-ins/start-world.ts";
import type { StartedWorld } from "../../src/entrypoints/local/stand-ins/start-world.ts";
import type { Fault } from "../../src/sandbox/faults.ts";
import { newFolder } from "./npm-start.ts";

export type SandboxWorld = { readonly world: StartedWorld; readonly sandbox: Sandbox };

/** Mayfly and its stand-ins in this process, so that a test can look at both and do to GitHub what it likes. */
export async function startSandboxWorld(
  options: Pick<SandboxOptions, "settings" | "policyFile"> & { readonly faults?: readonly Fault[] } = {},
): Promise<SandboxWorld> {
  const { faults = [], ...given } = options;
  const [dataDir, port] = [await newFolder(), await freePort()];
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const [webhookSecret, hostKey] = ["a secret of this test", "ab".repeat(32)];
  const world = await startWorld({ port, account: "octo", dataDir, faults, publicKey, webhookSecret });
  const { github, aws } = world;
  const { instanceCertificate } = aws;
  const sandbox = await startSandbox({
    world: world.world,
    session: { port, githubUrl: github.url, awsUrl: aws.url, instanceCertificate, privateKey, webhookSecret, hostKey },
    dataDir,
    logger: pino({ level: "silent" }),
    ...given,
  });
  return { world, sandbox };
}
