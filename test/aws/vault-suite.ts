import { describe, expect, test } from "@jest/globals";
import { appSecrets } from "../../src/adapters/secrets/app-secrets.ts";
import type { SecretSource } from "../../src/adapters/secrets/secret-source.ts";
import type { SecretVault } from "../../src/adapters/secrets/secret-vault.ts";
import { readSecret } from "../../src/entrypoints/cli/secret/read-secret.ts";
import { writeSecret } from "../../src/entrypoints/cli/secret/write-secret.ts";
import type { Log } from "../../src/core/ports.ts";
import { fields, stored } from "../adapters/secrets/stored.ts";
import { virtualClock } from "../helpers/virtual-clock.ts";
import { newName } from "./moto.ts";

/** A service that keeps the secret. */
export type SecretService = {
  /** Makes the place of this name, without a value, as a deployment does. */
  readonly make: (name: string) => Promise<void>;
  /** `beforeWrite`: what happens between the vault's last look and its write. */
  readonly vault: (name: string, beforeWrite?: () => Promise<void>) => SecretVault;
  readonly source: (name: string) => SecretSource;
};

const silent = (): void => {};
const log: Log = { debug: silent, info: silent, warn: silent, error: silent };

/** What people's commands and the functions need of the service that keeps the secret. */
export function vaultSuite(name: string, { make, vault: vaultOf, source }: SecretService): void {
  const made = async (): Promise<{ readonly id: string; readonly vault: SecretVault }> => {
    const id = newName();
    await make(id);
    return { id, vault: vaultOf(id) };
  };

  describe(`the secret at ${name}`, () => {
    test("has no value at first, then the one that was written, each in a version of its own", async () => {
      const { id, vault } = await made();
      const before = await vault.state();
      expect(before).toMatchObject({ text: undefined, version: undefined, writtenAtMs: undefined });
      await expect(source(id).read()).rejects.toMatchObject({
        facts: { kind: "not-found", message: expect.stringContaining("Run npx mayfly register") },
      });
      await vault.write("one", before);
      expect(await source(id).read()).toBe("one");
      const after = await vault.state();
      expect(after).toMatchObject({ text: "one", version: expect.any(String), writtenAtMs: expect.any(Number) });
      await vault.write("two", after);
      expect(await source(id).read()).toBe("two");
      expect((await vault.state()).version).not.toBe(after.version);
    });

    test.each([0, 1])("of two who change version %i, the second hears of it, and the first stays", async (version) => {
      const { id, vault: one } = await made();
      const other = vaultOf(id);
      if (version === 1) await one.write("zero", await one.state());
      const [ours, theirs] = [await one.state(), await other.state()];
      await one.write("one", ours);
      await expect(other.write("two", theirs)).rejects.toMatchObject({ facts: { kind: "conflict" } });
      expect(await source(id).read()).toBe("one");
    });

    test.each([0, 1])("a write of version %i that comes between look and write is noticed", async (version) => {
      const { id, vault: other } = await made();
      if (version === 1) await other.write("zero", await other.state());
      const before = await other.state();
      let interruptions = 0;
      const vault = vaultOf(id, async () => {
        interruptions += 1;
        await other.write("theirs", before);
      });
      await expect(vault.write("ours", before)).rejects.toMatchObject({ facts: { kind: "conflict" } });
      expect(interruptions).toBe(1);
    });

    test("the same text written twice from the same state is one version", async () => {
      const { vault } = await made();
      const before = await vault.state();
      await vault.write("one", before);
      const { version } = await vault.state();
      await vault.write("one", before);
      expect((await vault.state()).version).toBe(version);
    });

    test("any text comes back as it was written", async () => {
      const { id, vault } = await made();
      const text = `${"ü\u{1F600}\\n\" '".repeat(200)} ${"k".repeat(3000)}`;
      await vault.write(text, await vault.state());
      expect(await source(id).read()).toBe(text);
    });

    test("both webhook secrets are right while it is being changed, and one after that", async () => {
      const { id, vault } = await made();
      const clock = virtualClock();
      const outside = { clock, sleep: async (): Promise<void> => {} };
      await vault.write(stored(), await vault.state());
      const secrets = appSecrets({ source: source(id), clock, log });
      const [old, next] = [fields.webhookSecret, "a-new-webhook-secret"];
      expect((await secrets.read()).webhookSecrets).toEqual([old]);
      const first = await readSecret(vault);
      const both = { ...first.stored, webhookSecret: next, formerWebhookSecret: old };
      await writeSecret(vault, both, first.state, outside);
      clock.advance(299);
      expect((await secrets.read()).webhookSecrets).toEqual([old]);
      clock.advance(1);
      expect((await secrets.read()).webhookSecrets).toEqual([next, old]);
      const second = await readSecret(vault);
      await writeSecret(vault, { ...second.stored, formerWebhookSecret: undefined }, second.state, outside);
      clock.advance(300);
      expect(await secrets.read()).toMatchObject({ appId: fields.appId, webhookSecrets: [next] });
    });
  });
}
