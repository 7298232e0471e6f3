import base from "./jest.config.js";

/**
 * The adapters against an AWS that others have written. `npm run test:aws` starts it and this.
 * @type {import("jest").Config}
 */
export default {
  ...base,
  testMatch: ["<rootDir>/test/aws/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  // far more than any of these takes; it ends one that hangs
  testTimeout: 60_000,
};
