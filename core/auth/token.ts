// Secrets that programs carry: 256 random bits. The database keeps a plain digest, which is enough for what can't be guessed.

/** 43 characters of base64url. */
export const newToken = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");

/** SHA-256, 64 hex digits. */
export const tokenHash = (token: string): string => new Bun.CryptoHasher("sha256").update(token).digest("hex");
