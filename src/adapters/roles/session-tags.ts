import type { Tag } from "@aws-sdk/client-sts";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html */
const forbidden = /[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu;
const mostKeyCharacters = 128;
const mostValueCharacters = 256;

/**
 * Session tags as STS takes them. A character that it does not take becomes `:`, which no name of a branch or a
 * repository holds, so that a condition of a role's policy never takes one name for another. What is too long is cut.
 * The same tags are the same list.
 */
export function sessionTags(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([key, value]) => ({
    Key: plain(key, mostKeyCharacters),
    Value: plain(value, mostValueCharacters),
  }));
}

function plain(text: string, mostCharacters: number): string {
  return (
    text
      .replaceAll(forbidden, ":")
      // AWS keeps this beginning to itself; a blank stands in no such name either
      .replace(/^(aws):/i, "$1 :")
      .slice(0, mostCharacters)
      // the first half of a character that was cut in two
      .replace(/[\uD800-\uDBFF]$/, "")
  );
}
