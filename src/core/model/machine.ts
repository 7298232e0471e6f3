export type Arch = "x64" | "arm64";

/** The machine that a job gets: what its plan settled, names of the operator's policy resolved. */
export type MachineSpec = {
  readonly arch: Arch;
  /** At least so many vCPU; undefined on Lambda, where memory brings them. */
  readonly cpu?: number | undefined;
  /** Lambda: of the function. EC2: at least so much. */
  readonly memoryMb: number;
  readonly diskGb: number;
  /** The longest job that it is made for. */
  readonly timeoutMinutes: number;
  /** EC2: in this order of preference. */
  readonly instanceTypes?: readonly string[] | undefined;
  readonly spot?: "prefer" | "never" | "only" | undefined;
  /** As the policy names it, and what that is to the execution: an AMI, or a Lambda function. */
  readonly image?: { readonly name: string; readonly id: string | undefined } | undefined;
  /** As the policy names it; its credentials are given to jobs, never to machines. */
  readonly role?: string | undefined;
  /** As the policy names them, and what they are. */
  readonly subnets?:
    { readonly name: string; readonly list: readonly { readonly id: string; readonly zone: string }[] } | undefined;
};

/** One kind of machine in one place: what a launch call asks for, and what may have no room. */
export type Candidate = {
  readonly market: "spot" | "on-demand";
  readonly instanceType: string;
  /** Id of the subnet. */
  readonly subnet: string;
  /** Availability zone of the subnet. */
  readonly zone: string;
};

/** A candidate as people read it. */
export function describeCandidate({ market, instanceType, zone }: Candidate): string {
  return `${market} ${instanceType} in ${zone}`;
}
