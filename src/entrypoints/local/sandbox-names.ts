/** Names in the sandbox's GitHub and AWS that both Mayfly's side and the stand-ins' side must know. */
export const appId = 1001;
export const awsAccount = "123456789012";
export const region = "eu-central-1";
export const functionName = "mayfly-sandbox-runner";

/** What an operator has in the account for runners on EC2. */
export const ec2 = {
  stack: "mayfly-sandbox",
  launchTemplate: "mayfly-sandbox-runner",
  launchTemplateId: "lt-0a1b2c3d4e5f60718",
  image: "ami-0a1b2c3d4e5f60718",
  subnets: [
    { id: "subnet-0a1b2c3d4e5f6071a", zone: "eu-central-1a" },
    { id: "subnet-0a1b2c3d4e5f6071b", zone: "eu-central-1b" },
  ],
  securityGroup: "sg-0a1b2c3d4e5f60718",
  role: "mayfly-sandbox-runner",
  logGroup: "/mayfly-sandbox/runners",
} as const;

/** Who Mayfly is to AWS, and a role that a policy may give to jobs. */
export const sts = {
  caller: `arn:aws:sts::${awsAccount}:assumed-role/mayfly-sandbox-host/mayfly`,
  role: `arn:aws:iam::${awsAccount}:role/mayfly-sandbox-deploy`,
} as const;

/** Mayfly's memory, in the data folder. */
export const databaseName = "mayfly.db";
