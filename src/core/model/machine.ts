/** What a runner's definition asks of a machine; what is missing is the operator's to choose. */
export type MachineSpec = {
  /** In this order of preference. */
  readonly instanceTypes?: readonly string[] | undefined;
  readonly spot?: "prefer" | "never" | "only" | undefined;
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
