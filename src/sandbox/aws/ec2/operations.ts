/** Operations of EC2 that the stand-in has. */
export const ec2Operations = ["RunInstances", "DescribeInstances", "TerminateInstances", "GetConsoleOutput"] as const;

export type Ec2Operation = (typeof ec2Operations)[number];
