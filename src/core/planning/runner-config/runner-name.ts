/** Labels name these without a file. `default` may be redefined. */
export const reservedNames: readonly string[] = ["lambda", "ec2", "microvm"];

/** What a label can hold between its slashes: `mayfly/NAME/run=…`; names of the operator's policy are the same. */
export const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

/** The pattern in words. */
export const nameRule = "1 to 64 letters, digits, `-`, `_` and `.`, beginning with a letter or a digit";
