import { generateKeyPairSync, randomBytes } from "node:crypto";

import { appJson } from "../json/app.ts";
import type { RegisteredApp } from "../registered-app.ts";
import { notFound, type Answer } from "../rest/answer.ts";
import type { OpenCall } from "../rest/call.ts";

/** `apps/create-from-manifest`: a code leads to its App once, within an hour; only then anybody sees the App's secrets. */
export function createFromManifest({ world, path }: OpenCall): Answer {
  const { state } = world;
  const code = path.code ?? "";
  const agreed = state.manifestCodes.get(code);
  if (agreed === undefined || agreed.expiresAtMs <= world.now()) return notFound();
  state.manifestCodes.delete(code);
  const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { expiresAtMs: _, ...wanted } = agreed;
  const app: RegisteredApp = {
    ...wanted,
    id: world.ids.next("app"),
    publicKeyPem: keys.publicKey.export({ type: "spki", format: "pem" }).toString(),
    webhookSecret: randomBytes(20).toString("hex"),
    createdAtMs: world.now(),
  };
  state.registered.set(app.id, app);
  return {
    status: 201,
    body: {
      ...appJson(world, app),
      client_id: `Iv23li${app.id}`,
      client_secret: randomBytes(20).toString("hex"),
      webhook_secret: app.webhookSecret,
      pem: keys.privateKey.export({ type: "pkcs1", format: "pem" }),
    },
  };
}
