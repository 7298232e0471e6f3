/** Which service keeps the secret, and what it is called there. */
export type SecretPlace = { readonly service: "secretsmanager" | "ssm"; readonly id: string };

/**
 * Reads `secretsmanager:NAME-OR-ARN` or `ssm:/PARAMETER`. An ARN says itself what it is of, and a name without a service
 * is one of Secrets Manager. Throws an error that says what is right for anything else.
 */
export function secretPlace(text: string): SecretPlace {
  const [, prefix, id = ""] = /^(?:(secretsmanager|ssm):)?(.*)$/s.exec(text.trim()) ?? [];
  const ofArn = /^arn:[\w-]+:(secretsmanager|ssm):/.exec(id)?.[1];
  if (id === "" || /\s/.test(id) || (ofArn !== undefined && prefix !== undefined && ofArn !== prefix)) {
    throw new Error(`"${text}" names no secret: write secretsmanager:NAME-OR-ARN or ssm:/PARAMETER`);
  }
  return { service: (prefix ?? ofArn) === "ssm" ? "ssm" : "secretsmanager", id };
}
