import type { MessageAttributeValue } from "@aws-sdk/client-sqs";
import { visibleText } from "../../../core/check-run/visible-text.ts";
import { redact } from "../../log/redact.ts";
import type { SqsDelivery } from "./sqs-settle.ts";

/** What SQS takes in an attribute is what XML 1.0 takes. */
const notInSqs = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

const longestReason = 1000;

/**
 * What a dead letter tells beside its body, as message attributes that the console shows: why it was given up, after how
 * many receives, and under which id the log has it.
 */
export function deadLetterAttributes(
  { messageId, receives }: Pick<SqsDelivery, "messageId" | "receives">,
  reason: string,
): Record<string, MessageAttributeValue> {
  const text = redact(visibleText(reason)).slice(0, longestReason).replaceAll(notInSqs, "?");
  return {
    reason: { DataType: "String", StringValue: text || "no reason was given" },
    receives: { DataType: "Number", StringValue: String(receives) },
    messageId: { DataType: "String", StringValue: messageId },
  };
}
