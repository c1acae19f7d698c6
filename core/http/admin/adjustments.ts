// Adjustments above somebody's limit: what waits for a second person, and what became of the last ones.
import { Hono } from "hono";
import { approveAdjustment, rejectAdjustment } from "../../ledger/decide-adjustment.ts";
import { accountsDetail } from "../../read/account-detail/query.ts";
import { type AdjustmentRow, adjustmentsList } from "../../read/adjustments/query.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import type { FiguresText } from "./figures.ts";
import { askFor, figuresOf, may, page, param, posted, route, run, sessionOf } from "./frame.ts";
import { pagingOf } from "./paging.ts";
import { settle } from "./settle.ts";

export const adjustmentsPages = new Hono<AdminEnv>();

const pills = {
  waiting: { tone: "warn", label: "waits" },
  approved: { tone: "good", label: "approved" },
  rejected: { tone: "off", label: "rejected" },
  expired: { tone: "off", label: "expired" },
} as const;

adjustmentsPages.get(
  "/adjustments",
  route({ permission: "ledger:read" }, async (c) => {
    const paging = pagingOf(c);
    const onlyWaiting = c.req.query("state") === "waiting";
    const found = await askFor(c, adjustmentsList, {
      waiting: onlyWaiting,
      limit: paging.limit,
      ...(paging.after ? { after: paging.after } : {}),
    });
    const text = figuresOf(c);
    return page(c, {
      title: "Adjustments",
      section: "adjustments",
      view: "admin/adjustments/index",
      data: {
        rows: found.rows.map((row) => shown(c, row, text)),
        onlyWaiting,
        filters: [
          { label: "All", href: "/adjustments", current: !onlyWaiting },
          { label: "Waiting", href: "/adjustments?state=waiting", current: onlyWaiting },
        ],
        pages: {
          label: "Pages of adjustments",
          text: found.rows.length === 0 ? "" : `${text.count(paging.first)}–${text.count(paging.first + found.rows.length - 1)}`,
          ...paging.linksOf(found),
        },
      },
    });
  }),
);

function shown(c: PageContext, row: AdjustmentRow, text: FiguresText) {
  const { actor } = sessionOf(c);
  const own = row.requestedKind === actor.kind && row.requestedBy === actor.id;
  const waits = row.state === "waiting";
  const decides = waits && may(c, "ledger:approve");
  return {
    id: row.requestId,
    account: { href: `/accounts/${row.accountId}`, number: row.accountNumber, subscriber: row.subscriberName },
    action: `/accounts/${row.accountId}/adjustments/${row.requestId}`,
    amount: text.money(row.amountMicros, row.currency, { signed: true }),
    gains: row.amountMicros > 0n,
    tax: row.taxMicros === 0n ? "" : `tax ${text.money(row.taxMicros, row.currency, { signed: true })}`,
    reason: row.reason,
    by: row.requestedName,
    when: text.dateTime(row.requestedAt),
    pill: pills[row.state],
    outcome: waits
      ? `until ${text.dateTime(row.expiresAt)}`
      : row.decidedAt
        ? [`${row.decidedName}, ${text.dateTime(row.decidedAt)}`, ...(row.decision ? [row.decision] : [])].join(": ")
        : "nobody decided in time",
    transaction: row.transactionId ? `/accounts/${row.accountId}/transactions/${row.transactionId}` : "",
    canApprove: decides && !own,
    canReject: decides,
    own,
  };
}

accountDecision("approval", async (c, ids, providerId) => [
  await run(c, approveAdjustment, ids, { providerId }),
  "The adjustment is approved and posted.",
]);
accountDecision("rejection", async (c, ids, providerId) => [
  await run(c, rejectAdjustment, { ...ids, reason: posted(c, "reason") }, { providerId }),
  "The adjustment is rejected. Nothing was posted.",
]);

type Decided = readonly [Awaited<ReturnType<typeof run>>, string];

function accountDecision(
  verb: string,
  decide: (c: PageContext, ids: { accountId: string; requestId: string }, providerId: number) => Promise<Decided>,
) {
  adjustmentsPages.post(
    `/accounts/:id{[0-9a-f-]{36}}/adjustments/:adjustment{[0-9a-f-]{36}}/${verb}`,
    route({ permission: "ledger:approve" }, async (c) => {
      const { accountId, providerId } = (await askFor(c, accountsDetail, { accountId: param(c, "id") })).account;
      const [outcome, text] = await decide(c, { accountId, requestId: param(c, "adjustment") }, providerId);
      return settle(c, outcome, "/adjustments", text);
    }),
  );
}
