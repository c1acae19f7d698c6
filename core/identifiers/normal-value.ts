// One spelling for one number or login, so that what a person types and what an exchange reports meet.

export type IdentifierKind = "telephone" | "login";

/**
 * Telephone: 2 to 18 digits, E.164 without the plus, or an exchange's own short number. Login: small letters, at most 80 characters,
 * not all digits, since an exchange that reports digits means a telephone. Undefined when the text is none.
 */
export function normalValue(kind: IdentifierKind, text: string): string | undefined {
  const trimmed = text.normalize("NFKC").trim();
  if (kind === "telephone") {
    const digits = trimmed.replaceAll(/[\s().\-/\u2010-\u2015]/g, "").replace(/^\+/, "");
    return /^\d{2,18}$/.test(digits) ? digits : undefined;
  }
  const login = trimmed.toLowerCase();
  return /^[^\s\p{C}]{1,80}$/u.test(login) && !/^\+?\d+$/.test(login) ? login : undefined;
}
