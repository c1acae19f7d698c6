// Who acts, and on whom: always an argument, never ambient.

/** The providers, and within them perhaps only some groups of subscribers, that somebody may see and touch. */
export type Scope = { readonly providerIds: readonly number[]; readonly groupIds: readonly string[] | null };

export type Actor = {
  readonly kind: "manager" | "api-key" | "subscriber" | "system";
  readonly id: string;
  readonly name: string;
  /** The provider the actor belongs to; its subtree is in the scope. */
  readonly providerId: number;
  readonly scope: Scope;
  readonly permissions: ReadonlySet<string>;
  /** The highest amount, in the provider's currency, that the actor corrects alone; null: any, in any currency. Nothing unless told. */
  readonly adjustmentLimitMicros?: bigint | null;
};

/** The installation itself: jobs, importers on the machine, the command line. It has every permission on the providers given. */
export const systemActor = (providerIds: readonly number[], name = "system"): Actor => ({
  kind: "system",
  id: name,
  name,
  providerId: providerIds[0] ?? 0,
  scope: { providerIds, groupIds: null },
  permissions: everything,
  adjustmentLimitMicros: null,
});

const everything: ReadonlySet<string> = new (class extends Set<string> {
  override has() {
    return true;
  }
})();
