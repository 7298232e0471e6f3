import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RoleCredentials } from "./ask-about-job.ts";
import { removeTree } from "./remove-tree.ts";

/**
 * Makes the role that of every AWS program of the job: `.aws/credentials` and `.aws/config` in its home, for its own
 * user only. What was in `.aws` before is removed: the machine is for this one job.
 */
export async function writeRoleFiles(home: string, role: RoleCredentials): Promise<void> {
  const folder = join(home, ".aws");
  if (!(await removeTree(folder))) throw new Error("the .aws that was there cannot be removed");
  await mkdir(folder, { mode: 0o700 });
  const credentials = {
    aws_access_key_id: role.accessKeyId,
    aws_secret_access_key: role.secretAccessKey,
    aws_session_token: role.sessionToken,
  };
  await writeFile(join(folder, "config"), profile({ region: role.region }), { mode: 0o600 });
  await writeFile(join(folder, "credentials"), profile(credentials), { mode: 0o600 });
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
function profile(settings: Readonly<Record<string, string>>): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  return `[default]\n${lines.join("")}`;
}
