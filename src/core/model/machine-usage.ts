/**
 * What a machine used, as its host tells at its end: a hint. What the host could not find out is missing. Megabytes are
 * of 1,048,576 bytes.
 */
export type MachineUsage = {
  /** Share of all CPUs' time that was busy: on EC2 since the machine's boot, on Lambda while the runner was there. */
  readonly cpuPercent?: number | undefined;
  /** The most at a time: on EC2 of the whole machine, on Lambda of the runner and all that it started. */
  readonly memoryMb?: number | undefined;
  /** At the end: on EC2 on the root volume, on Lambda in `/tmp`. */
  readonly diskMb?: number | undefined;
  readonly networkInMb?: number | undefined;
  readonly networkOutMb?: number | undefined;
};
