// What the portal must be told to run. It gets nothing else: no administrator's database, no master secret.
import * as v from "valibot";

const url = (...protocols: string[]) =>
  v.pipe(
    v.string("is not set"),
    v.check(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must be a URL that begins with ${protocols.join("// or ")}//`,
    ),
  );

const schema = v.object({
  MB_PORTAL_DATABASE_URL: url("postgres:", "postgresql:"),
  MB_CORE_URL: url("http:", "https:"),
  MB_PORTAL_SECRET: v.pipe(v.string("is not set"), v.minLength(32, "must have at least 32 characters")),
});

export type PortalSettings = {
  /** Of the role mb_portal; may name a read replica. */
  readonly databaseUrl: string;
  /** Without a slash at the end. */
  readonly coreUrl: string;
  /** Verifies what the core signs at sign-in. */
  readonly secret: string;
};

/** Names of the variables: for the list of what the process may read. */
export const settingNames = Object.keys(schema.entries);

/** Throws an Error of one line that names every variable that is wrong; values are not repeated, they may be secrets. */
export function readPortalSettings(read: (name: string) => string | undefined): PortalSettings {
  const parsed = v.safeParse(schema, Object.fromEntries(settingNames.map((name) => [name, read(name) || undefined])));
  if (!parsed.success) throw new Error(parsed.issues.map((issue) => `${v.getDotPath(issue)} ${issue.message}`).join("; "));
  const { MB_PORTAL_DATABASE_URL: databaseUrl, MB_CORE_URL: coreUrl, MB_PORTAL_SECRET: secret } = parsed.output;
  return { databaseUrl, coreUrl: coreUrl.replace(/\/+$/, ""), secret };
}
