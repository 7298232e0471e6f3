import { GetAuthorizationTokenCommand, type ECRClient } from "@aws-sdk/client-ecr";
import type { Engine } from "./engine.ts";

/**
 * Runs `work` while the engine is logged in to the account's registry, and logs it out again. The password is worth 12
 * hours and goes to the engine by standard input: a command line can be read by everybody on the machine.
 */
export async function whileLoggedIn(
  ecr: ECRClient,
  engine: Engine,
  registry: string,
  work: () => Promise<void>,
): Promise<void> {
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? "", "base64").toString("utf8");
  const [user, password] = [token.slice(0, token.indexOf(":")), token.slice(token.indexOf(":") + 1)];
  if (user === "" || password === "") throw new Error("ECR gave no password: may these credentials push images?");
  await engine.run(["login", `--username=${user}`, "--password-stdin", registry], password);
  try {
    await work();
  } finally {
    await engine.ask(["logout", registry]);
  }
}
