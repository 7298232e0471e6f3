// What serverless.yml takes from here, `${file(./scripts/deployment.cjs):NAME}`: the framework loads CommonJS only.
const names = [
  "image",
  "runnerArch",
  "otherFunctions",
  "otherRegions",
  "subnets",
  "stockRunner",
  "policyText",
  "dashboard",
];

// `info`, `logs` and `remove` read serverless.yml too, and need neither an image nor a policy.
const deploys = process.argv.some((argument) => ["package", "deploy"].includes(argument));
// A package can be looked at, and judged, without an image.
const packagesOnly = process.argv.includes("package") && !process.argv.includes("deploy");
const told = new Set();

for (const name of names) {
  module.exports[name] = async ({ resolveVariable }) => {
    const { deploymentValue } = await import("./deployment/deployment-value.ts");
    const folder = process.cwd();
    return await deploymentValue(name, { folder, resolve: resolveVariable, deploys, packagesOnly, told });
  };
}
