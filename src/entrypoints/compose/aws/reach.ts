/** How the SDK's clients reach their service. */
export type Reach = {
  readonly region: string;
  readonly maxAttempts: number;
  readonly requestHandler: {
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    readonly throwOnRequestTimeout: true;
  };
};

/**
 * For calls whose failure the core decides about: one attempt, and one that hangs counts as a lost reply before the
 * function's own time is over.
 */
export function onceReach(region: string): Reach {
  return { region, maxAttempts: 1, requestHandler: handler(8000) };
}

/** For calls that may be repeated: short ones, tried three times. */
export function patientReach(region: string): Reach {
  return { region, maxAttempts: 3, requestHandler: handler(2500) };
}

/** The same for the webhook: GitHub hangs up after 10 s, and the queue's sender makes a second try of its own. */
export function hurriedReach(region: string): Reach {
  return { region, maxAttempts: 2, requestHandler: handler(1200) };
}

function handler(requestTimeout: number): Reach["requestHandler"] {
  return { connectionTimeout: 2000, requestTimeout, throwOnRequestTimeout: true };
}
