import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeSecret } from "../aws-local/deployment.ts";
import { removeSession, writeSession } from "./session.ts";
import { serveWorld } from "./serve-world.ts";
import type { StandInsReady, StandInsRequest } from "./spawn-stand-ins.ts";
import { startWorld } from "./start-world.ts";
import { waitSeconds } from "./wait-seconds.ts";
import type { World } from "./world.ts";

/**
 * The program of the process that the stand-ins have for themselves. Its parent sends what it wants and is told when
 * the world is there; after that the world belongs to whoever connects, and ends by itself when nobody does.
 */
async function main(request: StandInsRequest): Promise<void> {
  const { dataDir, port, account, asked } = request;
  const waitMs = waitSeconds(process.env) * 1000;
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const [webhookSecret, hostKey, secret] = [newSecret(), newSecret(), newSecret()];
  const { faults, backend } = asked;
  const started = await startWorld({ port, account, dataDir, faults, publicKey, webhookSecret, backend });
  const { world, github, aws, installationId, queueAndTable } = started;
  if (queueAndTable !== undefined) await writeSecret(aws.url, { privateKey, webhookSecret, hostKey });
  const served: World = {
    ...world,
    async stop() {
      // whoever looks for a world to go on in must not find one that is about to end
      await removeSession(dataDir);
      await world.stop();
    },
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void served.stop().finally(() => process.exit(0)));
  }
  const control = await serveWorld(served, { secret, waitMs, onStopped: () => process.exit(0) });
  const startedAtMs = Date.now();
  await writeSession(dataDir, {
    schema: 1,
    startedAtMs,
    asked,
    pid: process.pid,
    control: { port: control.port, secret },
    githubUrl: github.url,
    awsUrl: aws.url,
    instanceCertificate: aws.instanceCertificate,
    isolation: aws.isolation,
    port,
    privateKey,
    webhookSecret,
    hostKey,
    installationId,
    deployed: queueAndTable,
  });
}

function newSecret(): string {
  return randomBytes(32).toString("hex");
}

// whoever asked for the world has died before it was there: nobody knows of it
const abandoned = (): void => process.exit(1);
process.once("disconnect", abandoned);

const tell = (message: StandInsReady, then: () => void): void => void process.send?.(message, then);

process.once("message", (request) => void begin(request as StandInsRequest));

async function begin(request: StandInsRequest): Promise<void> {
  try {
    await main(request);
    process.off("disconnect", abandoned);
    tell({ ready: true }, () => process.connected && process.disconnect());
  } catch (error) {
    tell({ ready: false, reason: error instanceof Error ? error.message : String(error) }, abandoned);
  }
}
