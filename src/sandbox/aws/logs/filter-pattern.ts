import { AwsError } from "../aws-error.ts";

/**
 * CloudWatch's filter patterns for unstructured text: all plain terms, at least one of the `?terms`, none of the
 * `-terms`; "quoted" terms may hold blanks. Case matters. JSON and column patterns are not in the sandbox.
 */
export function filterPattern(pattern: string): (message: string) => boolean {
  if (/^\s*[{[%]/.test(pattern)) {
    throw new AwsError(400, "InvalidParameterException", "JSON, column and regex patterns are not in the sandbox");
  }
  const terms = [...pattern.matchAll(/([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)].map(([, sign, quoted, plain]) => ({
    sign,
    text: quoted?.replaceAll(/\\(.)/g, "$1") ?? plain ?? "",
  }));
  const all = terms.filter((term) => term.sign === "");
  const any = terms.filter((term) => term.sign === "?");
  const none = terms.filter((term) => term.sign === "-");
  return (message) =>
    all.every((term) => message.includes(term.text)) &&
    (any.length === 0 || any.some((term) => message.includes(term.text))) &&
    !none.some((term) => message.includes(term.text));
}
