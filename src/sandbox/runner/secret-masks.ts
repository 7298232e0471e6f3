export type SecretMasks = {
  /** Hides `value`, and each line of it, from now on. */
  add(value: string): void;
  /** `text` with every hidden value replaced by `***`. */
  apply(text: string): string;
};

/** The values that no output of a job may show. */
export function secretMasks(): SecretMasks {
  let hidden: string[] = [];
  return {
    add(value) {
      const parts = [value, ...value.split(/\r?\n/)].map((part) => part.trim()).filter((part) => part !== "");
      // the longest first, so that a secret that contains another one does not show its rest
      hidden = [...new Set([...hidden, ...parts])].toSorted((left, right) => right.length - left.length);
    },
    apply(text) {
      return hidden.reduce((result, value) => result.replaceAll(value, "***"), text);
    },
  };
}
