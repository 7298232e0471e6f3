import type { CallError } from "../../../core/errors/call-error.ts";
import type { Candidate } from "../../../core/model/machine.ts";
import { redact } from "../../log/redact.ts";
import { awsCallError } from "../../aws/aws-call-error.ts";
import type { CodeMeaning } from "../../aws/aws-call-error.ts";
import { errorTable } from "./error-table.ts";
import type { ErrorRow } from "./error-table.ts";
import { vcpuQuota } from "./vcpu-quota.ts";

/** The type cannot run the image: no other zone or market helps, whichever code stands beside these words. */
const otherArchitecture = /\barchitecture\b.{1,200}\bdoes not match\b/i;

/** What a launch asked for, as far as it explains its failure. */
export type Asked = { readonly candidate: Candidate | undefined; readonly claimToken: string };

/**
 * Translates a failed call of EC2 by the table of its error codes. The message carries neither claim token nor user
 * data, whole or in part, even when EC2 quotes them.
 */
export function ec2CallError(error: unknown, operation: string, asked?: Asked): CallError {
  const meaningOf = (code: string): CodeMeaning | undefined => {
    if (otherArchitecture.test(String(error))) return { kind: "invalid" };
    const row = rowOf(code);
    if (row === undefined) return undefined;
    const { kind, blocks, quota, ofVcpus: market } = row;
    return {
      kind,
      blocks,
      quota: market !== undefined && asked?.candidate ? vcpuQuota({ ...asked.candidate, market }) : quota,
    };
  };
  return awsCallError(error, "ec2", operation, meaningOf, (words) => clean(words, asked?.claimToken));
}

const patterns = Object.entries(errorTable).flatMap(([code, row]) =>
  code.includes("*") ? [{ pattern: new RegExp(`^${code.replaceAll(".", "\\.").replaceAll("*", ".*")}$`), row }] : [],
);

function rowOf(code: string): ErrorRow | undefined {
  return Object.hasOwn(errorTable, code) ? errorTable[code] : patterns.find(({ pattern }) => pattern.test(code))?.row;
}

/** How gzip without a time begins in base64 (RFC 1952), and what follows it. */
const encodedScript = /H4sIAAAAAA[A-Za-z0-9+/=%_-]*/g;

/** What IAM encodes is of use only to who may decode it; CloudTrail keeps it. */
const encodedReason = /\s*Encoded authorization failure message:[\s\S]*$/i;
const whereToLook = " (sts:DecodeAuthorizationMessage on CloudTrail's record tells more)";
const saidTwice = /You are not authorized to perform this operation\. (?=User: )/;

function clean(words: string, claimToken: string | undefined): string {
  const known = claimToken === undefined ? words : words.replaceAll(claimToken, "[redacted]");
  return redact(shortened(known.replaceAll(encodedScript, "[user data]")));
}

/** Without IAM's encoded reason, and short enough for the hint to be read in full. */
function shortened(words: string): string {
  if (!encodedReason.test(words)) return words;
  return (
    words
      .replace(encodedReason, "")
      .replace(saidTwice, "")
      .slice(0, 300 - whereToLook.length) + whereToLook
  );
}
