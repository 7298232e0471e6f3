import { expect, test } from "@jest/globals";

/** Titles of tests that judge the judge begin with it; the table of `npm run test:aws` lists them and counts them apart. */
export const notKeptPrefix = "not kept by this judge: ";

/**
 * What moto does otherwise than AWS. `asked` is seen to give `instead`, so that a moto that has learnt it fails here and
 * the real check can take this one's place.
 */
export function notKept(what: string, instead: unknown, asked: () => Promise<unknown>): void {
  test(`${notKeptPrefix}${what}`, async () => {
    expect(await asked()).toEqual(instead);
  });
}
