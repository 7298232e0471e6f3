/**
 * Region of an availability zone or a local zone: `us-east-1a` and `us-east-1-bos-1a` are in `us-east-1`. Undefined for
 * a text that is no name of a zone. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html
 */
export function regionOfZone(zone: string): string | undefined {
  return /^([a-z]+(?:-[a-z]+)+-\d+)(?:-[a-z]+-\d+)?[a-z]$/.exec(zone)?.[1];
}
