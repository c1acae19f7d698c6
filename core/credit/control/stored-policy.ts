// The policy that holds, read once per version.
import * as v from "valibot";
import type { RawTx } from "../../../db/client.ts";
import { type Policy, policyDocument } from "./policy.ts";

export type StoredPolicy = { readonly version: number; readonly policy: Policy };

// A version never changes.
const parsed = new Map<string, StoredPolicy>();
const mostParsed = 1000;

/** Undefined: the provider has none, and nobody is warned or blocked. */
export async function policyOf(t: RawTx, providerId: number): Promise<StoredPolicy | undefined> {
  const [row] = await t<{ version: number; set_at: string; document: unknown }[]>`
    select version, set_at::text, document from app.credit_policies where provider_id = ${providerId} order by version desc limit 1`;
  if (!row) return undefined;
  const key = `${providerId}:${row.version}:${row.set_at}`;
  const known = parsed.get(key) ?? { version: row.version, policy: v.parse(policyDocument, row.document) };
  if (parsed.size >= mostParsed) parsed.clear();
  parsed.set(key, known);
  return known;
}
