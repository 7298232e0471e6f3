import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { writeRoleFiles } from "../../runner-image/supervisor/role-files.ts";

const role = {
  name: "deploy",
  region: "eu-west-3",
  accessKeyId: "ASIAEXAMPLEOFAJOB",
  secretAccessKey: "s3cr3t+Access/Key=",
  sessionToken: `${"t0ken/+".repeat(60)}==`,
  expiresAtMs: 0,
};

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "mayfly-role-files-"));
  await mkdir(join(home, ".aws", "sso"), { recursive: true });
  await writeFile(join(home, ".aws", "credentials"), "of the image", { mode: 0o644 });
  await writeRoleFiles(home, role);
});
afterAll(async () => await rm(home, { recursive: true, force: true }));

test("stand alone in .aws, for their user only", async () => {
  const names = await readdir(join(home, ".aws"));
  expect(names.toSorted()).toEqual(["config", "credentials"]);
  const modes = [".aws", ".aws/config", ".aws/credentials"].map(async (name) => (await stat(join(home, name))).mode);
  expect((await Promise.all(modes)).map((mode) => mode & 0o777)).toEqual([0o700, 0o600, 0o600]);
});

test("have the text that the EC2 host writes too", async () => {
  expect(await readFile(join(home, ".aws", "config"), "utf8")).toBe("[default]\nregion=eu-west-3\n");
  expect(await readFile(join(home, ".aws", "credentials"), "utf8")).toBe(
    `[default]\naws_access_key_id=${role.accessKeyId}\naws_secret_access_key=${role.secretAccessKey}\naws_session_token=${role.sessionToken}\n`,
  );
});

test("an AWS SDK that is told nothing finds them", async () => {
  const program = `import { EC2Client } from "@aws-sdk/client-ec2";
const { config } = new EC2Client({});
console.log(JSON.stringify([await config.region(), await config.credentials()]));`;
  const env = { PATH: process.env["PATH"], HOME: home };
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { env });
  const { accessKeyId, secretAccessKey, sessionToken } = role;
  expect(JSON.parse(stdout)).toEqual([
    "eu-west-3",
    expect.objectContaining({ accessKeyId, secretAccessKey, sessionToken }),
  ]);
});
