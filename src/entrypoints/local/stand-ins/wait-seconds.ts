export const waitVariable = "MAYFLY_SANDBOX_WAIT_SECONDS";

/**
 * So long the stand-ins wait for a new `npm start` when the one that had them was killed: 60, or what the environment
 * says. Throws when that is no number from 0 to 3600.
 */
export function waitSeconds(environment: NodeJS.ProcessEnv): number {
  const text = environment[waitVariable] ?? "60";
  const seconds = Number(text);
  if (text.trim() === "" || !(seconds >= 0 && seconds <= 3600)) {
    throw new Error(`${waitVariable}=${text}: it must be a number of seconds from 0 to 3600`);
  }
  return seconds;
}
