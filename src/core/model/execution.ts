/** Where a job runs. `microvm` is a known name without a compute provider yet. */
export type Execution = "lambda" | "ec2" | "microvm";
