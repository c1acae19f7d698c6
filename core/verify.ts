// Proves the books: runs every proof for every provider, each in a transaction that sees this provider alone.
import { rawOf } from "../db/client.ts";
import { foreignRows, unguardedTables } from "../db/tenancy-proof.ts";
import { inTenant } from "../db/tenant.ts";
import { cardProofs } from "./cards/proofs.ts";
import { chargeProofs } from "./charges/proofs.ts";
import { creditProofs } from "./credit/control/proofs.ts";
import { holdProofs } from "./credit/holds/proofs.ts";
import type { Core } from "./kernel/core.ts";
import type { Finding, Proof } from "./kernel/proof.ts";
import { ledgerProofs } from "./ledger/proofs.ts";
import { paymentProofs } from "./payments/proofs.ts";
import { advance } from "./read/advance.ts";
import { checkReadModels } from "./read/rebuild.ts";
import { reratingProofs } from "./rerating/proofs.ts";
import { usageProofs } from "./usage/proofs.ts";

export const proofs: readonly Proof[] = [
  ...ledgerProofs,
  ...paymentProofs,
  ...chargeProofs,
  ...usageProofs,
  ...creditProofs,
  ...holdProofs,
  ...reratingProofs,
  ...cardProofs,
];

export type Verification = { readonly providers: number; readonly proofs: readonly string[]; readonly findings: readonly Finding[] };

const limit = 20;

/** Runs all proofs; at most 20 findings of each kind for each provider. Reads every fact once for each proof: its time grows with the data. */
export async function verify(core: Core, onProof: (name: string) => void = () => {}): Promise<Verification> {
  const providerIds = (await core.sql`select id from app.providers order by id`).map((r) => r.id as number);
  const findings: Finding[] = [];
  for (const proof of proofs) {
    onProof(proof.name);
    for (const providerId of providerIds) {
      const messages = await inTenant(core.db, [providerId], (tx) => proof.find(rawOf(tx), providerId, limit), "read");
      findings.push(...messages.map((message) => ({ proof: proof.name, providerId, message })));
    }
  }

  const readModels = "read.models-equal-a-rebuild";
  onProof(readModels);
  await advance(core);
  for (const d of await checkReadModels(core))
    findings.push({
      proof: readModels,
      providerId: d.providerId,
      message: `${d.table}: ${d.kind === "missing" ? "a row is missing" : "a row is wrong"}: ${JSON.stringify(d.row)}`,
    });

  const tenancy = "tenancy.rows-belong-to-their-tenant";
  onProof(tenancy);
  for (const message of await unguardedTables(core.sql)) findings.push({ proof: tenancy, providerId: null, message });
  for (const providerId of providerIds) {
    const messages = await inTenant(core.db, [providerId], (tx) => foreignRows(rawOf(tx), [providerId]), "read");
    findings.push(...messages.map((message) => ({ proof: tenancy, providerId, message })));
  }
  const withoutTenant = await core.db.transaction((tx) => foreignRows(rawOf(tx), []), { accessMode: "read only" });
  findings.push(...withoutTenant.map((message) => ({ proof: tenancy, providerId: null, message: `without a tenant: ${message}` })));
  return { providers: providerIds.length, proofs: [...proofs.map((p) => p.name), readModels, tenancy], findings };
}
