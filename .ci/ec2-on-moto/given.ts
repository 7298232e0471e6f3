/** What moto must have answered for the judging to go on; throws when it is missing. */
export function given<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`moto gave no ${name}`);
  return value;
}
