// The one list of what may be allowed. Every command, query and page names one of these; a role is a set of them.

export const permissions = {
  "dashboard:read": "See the figures of today",
  "subscribers:read": "See subscribers, their accounts and services",
  "subscribers:write": "Register and change subscribers, accounts, services and identifiers",
  "plans:read": "See plans",
  "plans:write": "Write and publish plans",
  "usage:read": "See usage",
  "usage:write": "Send usage, import files",
  "quarantine:write": "Release and discard what is in quarantine",
  "usage:rerate": "Rate usage again, after prices or plans were corrected",
  "ledger:read": "See balances and postings",
  "ledger:adjust": "Adjust balances up to the role's limit, give bonuses, reverse postings",
  "ledger:approve": "Approve adjustments above somebody else's limit",
  "ledger:transfer": "Transfer money between accounts",
  "ledger:write-off": "Write debts off",
  "ledger:close": "Close months of the books",
  "payments:read": "See payments",
  "payments:write": "Receive payments, find their accounts, set channels and gateways up",
  "payments:refund": "Give payments back, take charge-backs and mistakes out",
  "credit:control": "Say when accounts are warned, limited and blocked",
  "credit:read": "See credit states and what is held for sessions",
  "credit:write": "Change credit states, authorise sessions, set holds free",
  "cards:read": "See prepaid cards, where they are and what became of them",
  "cards:write": "Make series and cards, hand them out, sell, block and void them",
  "cards:export": "Take the PINs of new cards out, once, for printing",
  "cards:redeem": "Redeem cards, and look one up by its PIN",
  "agents:read": "See agents and imports",
  "agents:write": "Register and revoke agents",
  "exports:create": "Make spreadsheets",
  "managers:read": "See managers and roles",
  "managers:write": "Add and change managers, roles and API keys",
  "providers:write": "Add partners, load the demo",
  "audit:read": "See who did what",
} as const;

export type Permission = keyof typeof permissions;

export const allPermissions = Object.keys(permissions) as Permission[];

/** A spreadsheet shows what pages show, so making, listing and fetching one takes the right to read it too. */
export const exportRights: Readonly<Record<string, Permission>> = {
  "usage-of-period": "usage:read",
  "account-statement": "ledger:read",
  "payments-of-period": "payments:read",
  turnover: "ledger:read",
  "balance-sheet": "ledger:read",
  receivables: "ledger:read",
  journal: "ledger:read",
  "credit-forecast": "credit:read",
  "card-stock": "cards:read",
  simulation: "usage:read",
  rerating: "usage:rerate",
};
