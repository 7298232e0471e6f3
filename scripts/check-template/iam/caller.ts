import { readBaseSettings } from "../../../src/entrypoints/lambda/settings/base-settings.ts";
import type { BaseSettings } from "../../../src/entrypoints/lambda/settings/base-settings.ts";
import { readCoreSettings } from "../../../src/entrypoints/lambda/settings/core-settings.ts";
import type { CoreSettings } from "../../../src/entrypoints/lambda/settings/core-settings.ts";
import { readEnvironment } from "../../../src/entrypoints/lambda/settings/environment.ts";
import type { Packaged } from "../packaged.ts";

/** A function that calls AWS, and what it knows: its environment, read as the function itself reads it. */
export type Caller = {
  /** `worker` */
  readonly name: string;
  readonly one: Packaged;
  readonly settings: BaseSettings;
  /** Throws for a function that has no such variables. */
  readonly core: () => CoreSettings;
  readonly deadLetterQueueUrl: () => string;
};

export function callerOf(one: Packaged, name: string, functionId: string): Caller {
  const { Environment: environment } = one.properties(functionId) as {
    readonly Environment?: { readonly Variables: Readonly<Record<string, string>> };
  };
  const variables = { ...environment?.Variables, AWS_REGION: one.place.region };
  return {
    name,
    one,
    settings: readEnvironment(variables, readBaseSettings),
    core: () => readEnvironment(variables, readCoreSettings),
    deadLetterQueueUrl: () => readEnvironment(variables, (from) => from.required("MAYFLY_DEAD_LETTER_QUEUE_URL")),
  };
}

/** The ARN of a service's resource where the stack is. */
export function arnHere({ place }: Packaged, service: string, resource: string, region = place.region): string {
  return `arn:aws:${service}:${region}:${place.account}:${resource}`;
}
