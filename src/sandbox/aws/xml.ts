/** A list is written as EC2 writes lists: an `<item>` for each. What is undefined is left out. */
export type XmlValue =
  string | number | boolean | undefined | readonly XmlValue[] | { readonly [name: string]: XmlValue };

/** An XML 1.0 document; members in the given order. */
export function xmlDocument(root: string, members: XmlValue, namespace?: string): string {
  const attribute = namespace === undefined ? "" : ` xmlns="${escape(namespace)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${content(members)}</${root}>`;
}

function element(name: string, value: XmlValue): string {
  if (value === undefined) return "";
  const inner = content(value);
  return inner === "" ? `<${name}/>` : `<${name}>${inner}</${name}>`;
}

function content(value: XmlValue): string {
  if (value === undefined) return "";
  if (typeof value !== "object") return escape(String(value));
  if (Array.isArray(value)) return value.map((item: XmlValue) => element("item", item)).join("");
  return Object.entries(value)
    .map(([name, member]) => element(name, member))
    .join("");
}

const named: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};

/** Characters that XML 1.0 has no way to write become U+FFFD. */
function escape(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[&<>"\r]/g, (sign) => named[sign] ?? sign)
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
}
