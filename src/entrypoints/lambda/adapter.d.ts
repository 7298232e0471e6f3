/** The part of Probot's adapter for Lambda that takes an event; the package has types for its main file only. */
declare module "@probot/adapter-aws-lambda-serverless/lambda-function.js" {
  import type { Probot } from "probot";

  /** All that it looks at of an event and of Probot. Rejects when the signature is wrong, or a handler rejects. */
  export default function lambdaFunction(
    probot: Pick<Probot, "webhooks">,
    event: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  ): Promise<{ readonly statusCode: number; readonly body: string }>;
}
