/** A page for the operator's browser. */
export type Page = { readonly html: string; readonly headers: Readonly<Record<string, string>> };

/**
 * The page with the form that takes a manifest to GitHub. A form, because GitHub wants it posted by the person who is
 * logged in; without a script, because none is needed.
 */
export function manifestPage(action: URL, manifest: Readonly<Record<string, unknown>>): Page {
  const events = (manifest["default_events"] as readonly string[]).join(", ");
  const permissions = Object.entries(manifest["default_permissions"] as Readonly<Record<string, string>>);
  const body = `
    <h1>Register ${text(String(manifest["name"]))}</h1>
    <p>Log in at <a href="${text(action.origin)}">${text(action.host)}</a> first. GitHub then shows what the App asks for;
    its name can be changed there. Its keys go to this computer and from here to AWS.</p>
    <p>Permissions: ${text(permissions.map((entry) => entry.join(": ")).join(", "))}. Events: ${text(events)}.</p>
    <form action="${text(action.href)}" method="post">
      <input type="hidden" name="manifest" value="${text(JSON.stringify(manifest))}">
      <button type="submit">Go on at ${text(action.host)}</button>
    </form>`;
  return page(`Register ${String(manifest["name"])}`, body, action.origin);
}

/** A page with one sentence. */
export function messagePage(message: string): Page {
  return page("Mayfly", `\n    <p>${text(message)}</p>`, "'none'");
}

function page(title: string, body: string, formAction: string): Page {
  return {
    html: `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>${text(title)}</title></head>
  <body>${body}
  </body>
</html>
`,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": `default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action ${formAction}`,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  };
}

function text(raw: string): string {
  return raw.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
