// JSON for logs, digests and answers. A bigint becomes a string; nothing that looks like a secret is written down.

const secretName = /password|token|secret|pin$/i;

/** `value` as JSON text, with bigint as decimal text. */
export const jsonText = (value: unknown): string => JSON.stringify(value, (_, v) => (typeof v === "bigint" ? v.toString() : v));

/** `value` as plain JSON data, with bigint as text and Temporal in ISO form. */
export const plain = (value: unknown): unknown =>
  value === undefined ? null : JSON.parse(JSON.stringify(value, (_, v) => (typeof v === "bigint" ? v.toString() : v)));

/** The same, with values under secret names struck out. */
export const withoutSecrets = (value: unknown): unknown =>
  value === undefined
    ? null
    : JSON.parse(
        JSON.stringify(value, (key, v) => (secretName.test(key) && typeof v === "string" ? "…" : typeof v === "bigint" ? v.toString() : v)),
      );

/** JSON with the keys of objects in order, so that equal input has equal text. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, v) =>
    typeof v === "bigint"
      ? v.toString()
      : v && typeof v === "object" && !Array.isArray(v)
        ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
        : v,
  );
