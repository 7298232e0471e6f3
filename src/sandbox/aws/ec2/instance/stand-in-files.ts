import { readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("stand-ins/", import.meta.url));
let texts: ReadonlyMap<string, string> | undefined;

/** Names of programs that one stand-in serves; it goes by the name that it is called by. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  shutdown: ["poweroff", "halt", "reboot"],
  su: ["runuser"],
  useradd: ["adduser"],
  chown: ["chgrp"],
  iptables: ["ip6tables", "nft"],
  "apt-get": ["apt"],
};

/** What the stand-ins of one instance have to know; absolute paths as they are inside it. */
export type StandInSettings = {
  readonly place: string;
  readonly root: string;
  /** PATH without the stand-ins. */
  readonly hostPath: string;
  /** As dpkg says it. */
  readonly architecture: "amd64" | "arm64";
};

/** Writes the stand-ins into `folder`/bin, and beside them the settings that all of them read. */
export async function writeStandIns(folder: string, settings: StandInSettings): Promise<void> {
  texts ??= new Map(readdirSync(source).map((name) => [name, readFileSync(join(source, name), "utf8")]));
  await mkdir(join(folder, "bin"), { recursive: true });
  const values = {
    place: settings.place,
    root: settings.root,
    host_path: settings.hostPath,
    architecture: settings.architecture,
  };
  const assignments = Object.entries(values).map(([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'\n`);
  await Promise.all(
    [...texts].map(async ([name, text]) => {
      if (name === "prelude.sh") return writeFile(join(folder, "prelude.sh"), assignments.join("") + text);
      const files = [name, ...(aliases[name] ?? [])].map((one) => join(folder, "bin", one));
      await Promise.all(
        files.map(async (file) => {
          await writeFile(file, text);
          await chmod(file, 0o755);
        }),
      );
    }),
  );
}
