/**
 * The name as STS takes it: 2 to 64 of `A-Za-z0-9_+=,.@-`
 * (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html). Any other character becomes `-`.
 */
export function sessionName(name: string): string {
  return name
    .replaceAll(/[^\w+=,.@-]/gu, "-")
    .slice(0, 64)
    .padEnd(2, "-");
}
