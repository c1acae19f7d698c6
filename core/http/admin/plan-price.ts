// What something would cost on a plan, with the reason line by line, as a page shows it. Nothing is stored.
export type Price =
  | { readonly kind: "priced"; readonly amount: string; readonly billed: string; readonly lines: readonly string[] }
  | { readonly kind: "refused"; readonly lines: readonly string[] }
  | { readonly kind: "not-yet"; readonly text: string };
