/** Labels name these without a file. `default` may be redefined. */
export const reservedNames: readonly string[] = ["lambda", "ec2", "microvm"];

/** What a label can hold between its slashes: `mayfly/NAME/run=…`. */
export const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/i;
