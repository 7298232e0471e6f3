/** @type {import("jest").Config} */
export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  setupFilesAfterEnv: ["<rootDir>/test/setup.ts"],
  transform: { "^.+\\.ts$": "<rootDir>/test/strip-types.js" },
  coverageProvider: "v8",
  collectCoverageFrom: ["src/**/*.ts"],
  restoreMocks: true,
};
