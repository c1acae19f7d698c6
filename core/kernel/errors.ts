// Expected refusals: one table from code to HTTP status and to the sentence a person reads. A broken invariant throws instead.

export const errors = {
  invalid_input: { status: 422, message: "Some of the values can't be accepted." },
  not_signed_in: { status: 401, message: "Sign in first." },
  sign_in_failed: { status: 401, message: "The e-mail or the password is wrong." },
  too_many_attempts: { status: 429, message: "Too many attempts. Wait a few minutes and try again." },
  not_permitted: { status: 403, message: "Your role doesn't allow this." },
  csrf_failed: { status: 403, message: "This form is out of date. Reload the page and send it again." },
  not_found: { status: 404, message: "There is no such record, or it isn't yours to see." },
  idempotency_key_reused: { status: 409, message: "This idempotency key was used before with other input." },
  already_set_up: { status: 409, message: "This installation already has an operator." },
  setup_link_invalid: { status: 403, message: "This setup link is not valid any more. Restart the server to print a new one." },
  password_too_weak: { status: 422, message: "This password is too easy to guess." },
  last_administrator: { status: 409, message: "The last administrator can't be blocked or lose rights. Make another one first." },
  rights_beyond_own: { status: 403, message: "You can't give, or take over, rights that you don't have yourself." },
  code_taken: { status: 409, message: "This code is already in use." },
  name_taken: { status: 409, message: "This name is already in use." },
  login_taken: { status: 409, message: "This login is already in use." },
  number_taken: { status: 409, message: "This number is already in use." },
  identifier_taken: { status: 409, message: "Another service holds this identifier in that period." },
  identifier_invalid: { status: 422, message: "This isn't a valid identifier of that kind." },
  plan_invalid: { status: 422, message: "The plan has mistakes." },
  plan_not_published: { status: 409, message: "The plan has no published version." },
  version_starts_in_past: { status: 409, message: "A version can't start before one that is already published." },
  draft_exists: { status: 409, message: "The plan has a draft already. Go on with that one, or discard it." },
  draft_missing: { status: 404, message: "The plan has no draft." },
  draft_changed: { status: 409, message: "Somebody saved this draft in the meantime. Look at what they changed, then save again." },
  draft_state: { status: 409, message: "The draft is in a state in which this can't be done." },
  draft_outdated: {
    status: 409,
    message: "Another version was published after this draft was begun. Compare them, then save the draft anew.",
  },
  deck_import_ended: { status: 409, message: "This price list was imported already." },
  deck_unreadable: { status: 422, message: "The price list can't be read." },
  deck_invalid: { status: 422, message: "The price list has mistakes. Nothing of it was imported." },
  currency_differs: { status: 409, message: "The plan and the account have different currencies." },
  subscriber_has_services: { status: 409, message: "The subscriber still has active services." },
  subscriber_closed: { status: 409, message: "The subscriber is closed." },
  account_has_services: { status: 409, message: "The account still has active services." },
  balance_already_opened: { status: 409, message: "The balance of this account was carried over before." },
  account_closed: { status: 409, message: "The account is closed." },
  plan_change_too_early: { status: 409, message: "A plan can't change before the change that came last." },
  service_terminated: { status: 409, message: "The service is terminated." },
  no_rate: { status: 422, message: "The plan has no price for this destination." },
  usage_not_waiting: { status: 409, message: "This record isn't in quarantine any more." },
  agent_unknown: { status: 401, message: "The agent's token is not valid." },
  batch_malformed: { status: 422, message: "The batch can't be read." },
  file_too_large: { status: 413, message: "The file is too large." },
  export_not_ready: { status: 409, message: "This spreadsheet isn't ready." },
  demo_loaded: { status: 409, message: "The demo is already loaded." },
  api_key_invalid: { status: 401, message: "The API key is missing, unknown, revoked or expired." },
  request_malformed: { status: 400, message: "The request can't be read." },
  request_too_large: { status: 413, message: "The request is too large." },
  method_not_allowed: { status: 405, message: "This address takes another method." },
  unsupported_media_type: { status: 415, message: "Send the request's body as application/json." },
  unknown_path: { status: 404, message: "There is nothing at this address." },
  unknown_command: { status: 404, message: "There is no such command." },
  unknown_query: { status: 404, message: "There is no such query." },
  database_unavailable: { status: 503, message: "The database doesn't answer. Try again in a moment." },
  storage_full: { status: 507, message: "The server's disk is full. Whoever runs it has to make room." },
  internal: { status: 500, message: "Something went wrong. It has been logged." },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof errors;

/** An expected "no": a code from the table, with details (a field, a limit) for whoever shows it. */
export type Refusal = { readonly ok: false; readonly code: ErrorCode; readonly [detail: string]: unknown };
export type Outcome<T> = { readonly ok: true; readonly value: T } | Refusal;

export const accept = <T>(value: T): Outcome<T> => ({ ok: true, value });
export const refuse = (code: ErrorCode, details: Record<string, unknown> = {}): Refusal => ({ ...details, ok: false, code });
