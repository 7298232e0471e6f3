/** Operations of STS that the stand-in has. */
export const stsOperations = ["AssumeRole", "GetCallerIdentity"] as const;

export type StsOperation = (typeof stsOperations)[number];
