import * as v from "valibot";
import { rawOf } from "../../../db/client.ts";
import { defineCommand } from "../../kernel/command.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { idField, instantField, lineField } from "../../kernel/input-fields.ts";
import { decideAtOnce, holdAccount } from "./account-at-once.ts";
import { may, moneyStates } from "./states.ts";

const mostDays = 366;

/** Until then the rules are not asked. `state: null` takes back what was set before its time. */
export const overrideState = defineCommand({
  name: "credit.override",
  summary: "Set an account's state by hand until a day, whatever the rules say, or let the rules decide again",
  permission: "credit:write",
  level: "subscriber",
  input: v.strictObject({
    accountId: idField,
    state: v.nullable(v.picklist(moneyStates, `must be one of ${moneyStates.join(", ")}`)),
    until: v.optional(instantField),
    why: lineField(200),
  }),

  async run(context, { accountId, state, until, why }) {
    const { tx, providerId, actor, now, audit } = context;
    const held = await holdAccount(context, accountId);
    if (!held.ok) return held;
    const before = held.value.account.standing.state;
    if (state !== null) {
      if (!may("override", before)) return refuse("credit_state", { state: before });
      const issue = (message: string) => refuse("invalid_input", { issues: [{ path: "until", message }] });
      if (!until) return issue("must say until when");
      if (Temporal.Instant.compare(until, now) <= 0) return issue("must be in the future");
      if (Temporal.Instant.compare(until, now.add({ hours: 24 * mostDays })) > 0) return issue(`must be within ${mostDays} days`);
    }
    // The row may not be there yet: what is set belongs to it.
    await rawOf(tx)`
      insert into app.credit_states (provider_id, account_id, state, since, rule, reason, decided_at, override_state, override_until, override_by, override_why)
      values (${providerId}, ${accountId}, ${before}, ${now.toString()}::timestamptz, 'enough', '{}', ${now.toString()}::timestamptz,
        ${state}, ${state === null ? null : until!.toString()}::timestamptz, ${state === null ? null : actor.name}, ${state === null ? null : why})
      on conflict (provider_id, account_id) do update set override_state = excluded.override_state, override_until = excluded.override_until,
        override_by = excluded.override_by, override_why = excluded.override_why`;
    const after = await decideAtOnce(context, accountId);
    audit({ before: { state: before }, after: { state: after.standing.state, set: state, until: until?.toString(), why } });
    return accept({ state: after.standing.state });
  },
});
