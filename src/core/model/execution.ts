/** Where a job runs. `ec2` and `microvm` are known names without a compute provider yet. */
export type Execution = "lambda" | "ec2" | "microvm";
