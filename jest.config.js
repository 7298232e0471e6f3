/** @type {import("jest").Config} */
export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  // need an AWS that others have written: npm run test:aws
  testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/aws/"],
  transform: {
    "^.+\\.ts$": "<rootDir>/test/strip-types.js",
    "/@actions/workflow-parser/.+\\.js$": "<rootDir>/test/json-imports.js",
  },
  transformIgnorePatterns: ["/node_modules/(?!@actions/workflow-parser/)"],
  // V8's own would make the tests take nearly twice as long.
  coverageProvider: "babel",
  collectCoverageFrom: ["src/**/*.ts"],
  coverageThreshold: { global: { statements: 88, branches: 84, functions: 89, lines: 89 } },
  restoreMocks: true,
  // Many tests start processes of their own, which is why more workers than this make nothing faster.
  maxWorkers: 2,
  // No test measures time; this only ends one that hangs.
  testTimeout: 180_000,
};
