// Ids are UUIDv7, made by the application: they sort by time and need no sequence that a second database server would have to share.

/** A new UUIDv7 in text form. */
export const newId = (): string => Bun.randomUUIDv7();
