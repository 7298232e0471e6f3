import { randomBytes } from "node:crypto";

/** Where the tests are when nothing else is said. */
export const home = "eu-central-1";
/** Whose everything in moto is. */
export const account = "123456789012";

/** Settings of a client that asks moto in place of AWS, once: what it does not know it answers with a page of HTML. */
export function reach(region = home): {
  readonly region: string;
  readonly endpoint: string;
  readonly maxAttempts: 1;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
} {
  const endpoint = process.env["MOTO_URL"];
  if (endpoint === undefined) throw new Error("there is no moto: npm run test:aws starts one and runs these tests");
  return { region, endpoint, maxAttempts: 1, credentials: { accessKeyId: "moto", secretAccessKey: "moto" } };
}

/** A name that nothing else in moto has: all tests share one moto. */
export function newName(what = "mayfly"): string {
  return `${what}-${randomBytes(5).toString("hex")}`;
}

/** What moto must have answered for the judging to go on; throws when it is missing. */
export function given<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`moto gave no ${what}`);
  return value;
}
