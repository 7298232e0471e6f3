/** A Lambda function of the deployment: one bundle in a folder of its own. */
export type FunctionBundle = {
  readonly name: string;
  /** Largest size of the minified bundle, KiB: what it may grow to before somebody has to look. */
  readonly mostKib: number;
  /** Files that lie beside it: name there → path in the repository. */
  readonly files?: Readonly<Record<string, string>>;
};

export const functions: readonly FunctionBundle[] = [
  { name: "webhook", mostKib: 1100 },
  { name: "worker", mostKib: 2200, files: { "user-data.sh": "ec2-bootstrap/user-data.sh" } },
  { name: "host", mostKib: 2700 },
  { name: "schedule", mostKib: 2150 },
];
