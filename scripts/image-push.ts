import { resolve } from "node:path";
import { ECRClient } from "@aws-sdk/client-ecr";
import { Command, Option } from "commander";
import { arches, type Arch } from "./image/arch.ts";
import { engineNames, findEngine, type EngineName } from "./image/engine.ts";
import { pushImage, rollBack } from "./image/push-image.ts";
import { pushedFile } from "./image/pushed-file.ts";

type Options = {
  readonly stage: string;
  readonly region: string;
  readonly repository?: string;
  readonly arch: Arch;
  readonly engine?: EngineName;
  readonly rollback?: string;
};

const root = resolve(import.meta.dirname, "..");
const program = new Command("image:push")
  .description(
    `Pushes the runner image of this commit to ECR and writes ${pushedFile}, which serverless deploy reads. ` +
      "Credentials as everywhere with AWS: environment, profile, role.",
  )
  .requiredOption("--stage <name>", "the stage that it is for, as in serverless deploy --stage")
  .requiredOption("--region <name>", "of the stage: Lambda takes an image from its own region only")
  .option("--repository <name>", "ECR repository, made when it is missing (default: mayfly-<stage>-runner)")
  .addOption(new Option("--arch <architecture>", "of the Lambda function").choices(arches).default("x86_64"))
  .addOption(new Option("--engine <name>", "default: the first that works").choices(engineNames))
  .option("--rollback <tag>", `push nothing: write ${pushedFile} for an image that was pushed before`)
  .parse();
const { stage, region, repository, arch, engine, rollback } = program.opts<Options>();

try {
  const to = { ecr: new ECRClient({ region }), repository: repository ?? `mayfly-${stage}-runner`, stage, region };
  const pushed =
    rollback === undefined
      ? await pushImage(root, arch, to, () => findEngine(engine, { env: process.env, cwd: root, shown: true }))
      : await rollBack(root, rollback, to);
  process.stdout.write(`${pushedFile}: ${pushed.tag}, ${pushed.uri}\n`);
} catch (error) {
  program.error(`image:push: ${error instanceof Error ? error.message : String(error)}`);
}
