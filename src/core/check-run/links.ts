/** Twice percent-encoded with `$` for `%`: how the CloudWatch console writes names into its fragment. */
export function consoleEncode(text: string): string {
  return encodeURIComponent(encodeURIComponent(text)).replaceAll("%", "$");
}

function consoleDomain(region: string): string {
  if (region.startsWith("us-gov-")) return "console.amazonaws-us-gov.com";
  if (region.startsWith("cn-")) return "console.amazonaws.cn";
  return "console.aws.amazon.com";
}

/**
 * Link to one log stream in the CloudWatch console, limited to a time window. Times are milliseconds since the epoch.
 * The form is not documented by AWS; it was taken from links that the console itself makes.
 */
export function logStreamUrl(stream: {
  readonly region: string;
  readonly group: string;
  readonly stream: string;
  readonly startMs: number;
  readonly endMs: number;
}): string {
  const { region, group, startMs, endMs } = stream;
  const base = `https://${region}.${consoleDomain(region)}/cloudwatch/home?region=${region}`;
  const path = `#logsV2:log-groups/log-group/${consoleEncode(group)}/log-events/${consoleEncode(stream.stream)}`;
  return `${base}${path}$3Fstart$3D${Math.floor(startMs)}$26end$3D${Math.ceil(endMs)}`;
}

/** The same on the command line, for everybody whose console has no session. */
export function logTailCommand(region: string, group: string, stream: string): string {
  return `aws logs tail '${group}' --log-stream-names '${stream}' --since 14d --region ${region}`;
}
