import { desc, eq } from "drizzle-orm";
import * as v from "valibot";
import { closedMonths } from "../../db/schema/rerating.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { dayOf } from "../kernel/period.ts";
import { lockProvider } from "../providers/lock-provider.ts";

const monthText = 'must be a month such as "2026-10"';

/** Months before the first one that is closed are closed with it. There is no way back. */
export const closeMonth = defineCommand({
  name: "ledger.close-month",
  summary: "Close a month that is over: its charges are never changed again, what comes later is adjusted in the open month",
  permission: "ledger:close",
  level: "provider",
  input: v.strictObject({ month: v.pipe(v.string(monthText), v.regex(/^(?:19[7-9]\d|2[01]\d\d)-(?:0[1-9]|1[0-2])$/, monthText)) }),
  async run({ tx, actor, providerId, now, audit }, input) {
    const provider = await lockProvider(tx, providerId);
    if (!provider) return refuse("not_found");
    const month = Temporal.PlainDate.from(`${input.month}-01`);
    const next = month.add({ months: 1 });
    if (Temporal.PlainDate.compare(next, dayOf(now, provider.zone)) > 0)
      return refuse("month_not_over", { detail: `${input.month} isn't over.` });
    const [last] = await tx
      .select({ month: closedMonths.month })
      .from(closedMonths)
      .where(eq(closedMonths.providerId, providerId))
      .orderBy(desc(closedMonths.month))
      .limit(1);
    const wanted = last && Temporal.PlainDate.from(last.month).add({ months: 1 }).toString().slice(0, 7);
    if (wanted !== undefined && wanted !== input.month) return refuse("month_not_next", { detail: `The next one is ${wanted}.` });
    await tx.insert(closedMonths).values({ providerId, month: month.toString(), closedAt: now.toString(), closedBy: actor.name });
    audit({ after: { month: input.month } });
    return accept({ month: input.month });
  },
});
