// Escaping is the default and trust is a type: only markup made by the tagged template below passes unescaped.

/** Markup that is safe to send as it is. Made by `html` only; templates print it with the ordinary `<%= %>`. */
export class Html {
  readonly #markup: string;
  constructor(markup: string) {
    this.#markup = markup;
  }
  toString(): string {
    return this.#markup;
  }
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text for element content and for quoted attributes. `Html` stays as it is; null, undefined and false print nothing. */
export function escapeHtml(value: unknown): string {
  if (value instanceof Html) return value.toString();
  if (value === null || value === undefined || value === false) return "";
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** html`<b>${untrusted}</b>`: values are escaped, `Html` values and arrays of them are not. */
export function html(parts: TemplateStringsArray, ...values: unknown[]): Html {
  let markup = parts[0]!;
  for (const [index, value] of values.entries()) {
    markup += (Array.isArray(value) ? value.map(escapeHtml).join("") : escapeHtml(value)) + parts[index + 1]!;
  }
  return new Html(markup);
}
