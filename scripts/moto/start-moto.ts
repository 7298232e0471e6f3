import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export type Moto = {
  readonly url: string;
  /** The newest lines of what it complained about. */
  complaints(): string;
  /** Resolves when it has ended. */
  end(): Promise<void>;
};

const mostLines = 40;
const startSeconds = 60;

/**
 * Starts moto on a free port of 127.0.0.1 with a Python that has it. It checks images and instance types as AWS does. It
 * ends with this process, however that ends. Rejects with its own words when it does not start.
 */
export async function startMoto(python: string): Promise<Moto> {
  const server = spawn(python, [join(import.meta.dirname, "serve.py")], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, MOTO_ENABLE_AMI_VALIDATION: "true", MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION: "true" },
  });
  const ended = once(server, "close");
  const lines: string[] = [];
  createInterface({ input: server.stderr }).on("line", (line) => {
    // its access log is no complaint
    if (/ HTTP\/1\.1.*" \d{3} -$/.test(line)) return;
    lines.push(line);
    if (lines.length > mostLines) lines.shift();
  });
  const complaints = (): string => lines.join("\n");
  const end = async (): Promise<void> => {
    server.stdin.end();
    const killer = setTimeout(() => server.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(killer);
  };
  const patience = setTimeout(() => server.kill("SIGKILL"), startSeconds * 1000);
  const [port] = await Promise.race([once(createInterface({ input: server.stdout }), "line"), ended]);
  clearTimeout(patience);
  if (typeof port !== "string" || !/^\d+$/.test(port)) {
    await end();
    throw new Error(`moto did not start within ${startSeconds} s:\n${complaints() || "it said nothing"}`);
  }
  return { url: `http://127.0.0.1:${port}`, complaints, end };
}
