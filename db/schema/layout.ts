// What each table of schema app is when the database is spread over several machines. Plain PostgreSQL ignores it; the schema lint holds every table to it.

export type Kind =
  | "reference" // small, copied to every node
  | "account" // belongs to one account: provider_id and account_id in every key
  | "provider" // unique inside a provider: provider_id in every key
  | "local"; // coordinator only

export const layout: Record<string, Kind> = {
  providers: "reference",
  gl_accounts: "reference",
  migrations: "local",
  installation: "local",
  sign_in_failures: "local",
  events: "local",
  projection_cursors: "local",
  roles: "provider",
  managers: "provider",
  manager_sessions: "provider",
  api_keys: "provider",
  command_log: "provider",
  idempotency_keys: "provider",
  number_series: "provider",
  plans: "provider",
  plan_versions: "provider",
  plan_drafts: "provider",
  deck_imports: "provider",
  subscriber_groups: "provider",
  subscribers: "provider",
  portal_logins: "provider",
  account_numbers: "provider",
  identifiers: "provider",
  agents: "provider",
  usage_files: "provider",
  usage_inbox: "provider",
  usage_keys: "provider",
  usage_quarantine: "provider",
  exports: "provider",
  accounts: "account",
  balances: "account",
  services: "account",
  service_plans: "account",
  charges: "account",
  usage_records: "account",
  usage_counters: "account",
  usage_samples: "account",
  ledger_transactions: "account",
  ledger_postings: "account",
};
