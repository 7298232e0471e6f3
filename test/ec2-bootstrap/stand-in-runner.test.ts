import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { listen, shut } from "../../src/sandbox/aws/http.ts";
import { buildStandIn } from "../../src/sandbox/runner/build.ts";
import { startRig, type Rig } from "./rig.ts";

let rig: Rig;
let distribution: string;
beforeAll(async () => {
  rig = await startRig();
  distribution = await buildStandIn(join(rig.folder, "stand-in"));
});
afterAll(async () => await rig.close());

/** As GitHub gives it: files, of which the runner needs these fields. */
function jitConfig(serverUrl: string): string {
  const files = {
    ".runner": {
      AgentId: "12",
      AgentName: "mayfly-77-1-1",
      PoolId: "1",
      PoolName: "Default",
      ServerUrl: serverUrl,
      GitHubUrl: "https://github.com/octo/example",
      WorkFolder: "_work",
      Ephemeral: "true",
      UseV2Flow: "true",
      ServerUrlV2: serverUrl,
    },
    ".credentials": {
      scheme: "OAuth",
      data: { clientId: "1", authorizationUrl: serverUrl, accessToken: "runner-token" },
    },
    ".credentials_rsaparams": { d: "0" },
  };
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64");
  return encode(Object.fromEntries(Object.entries(files).map(([name, file]) => [name, encode(file)])));
}

test("the sandbox's runner connects with its JIT config, is interrupted when idle and says that it left", async () => {
  const asked: string[] = [];
  const server = await listen((request, response) => {
    asked.push(`${request.method} ${request.url?.replace(/\?.*/, "")} ${request.headers.authorization}`);
    response.writeHead(request.url === "/session" ? 200 : 202).end("{}");
  }, 0);
  const { channel, off } = await rig.boot({
    distribution,
    grant: { jitConfig: jitConfig(`http://${server.address}`), idleSeconds: 1 },
  });
  await off();
  await shut(server.server);
  expect(asked).toContain("POST /session Bearer runner-token");
  expect(channel.answers).toContain("listening 204");
  expect(channel.events.at(-1)).toMatchObject({ exitCode: 0, outcome: "idle" });
});

test("a runner that cannot connect", async () => {
  const { channel, off } = await rig.boot({ distribution, grant: { jitConfig: jitConfig("http://127.0.0.1:9") } });
  await off();
  expect(channel.events.at(-1)).toMatchObject({ exitCode: 1, outcome: "crashed" });
});
