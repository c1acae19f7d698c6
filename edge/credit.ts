// What a subscriber is told about paying, and does about it: promise a payment, pause, resume. Each is a form that works without script.
import { dateTimeText } from "../core/kernel/display.ts";
import { type ErrorCode, errors } from "../core/kernel/errors.ts";
import { formatMicros } from "../core/kernel/money.ts";
import type { PortalAccount } from "../core/read/portal/query.ts";
import type { PortalNotice, PortalStanding } from "../core/read/portal-credit/query.ts";
import { sumText } from "./figures.ts";
import { isOurForm, type PortalContext, type Reader } from "./portal.ts";

type Credit = { readonly standings: readonly PortalStanding[]; readonly notices: readonly PortalNotice[] };

const tones = { active: "good", warned: "warn", limited: "warn", blocked: "bad", suspended: "info", terminated: "bad" } as const;
const mayPromise: readonly string[] = ["warned", "limited", "blocked"];
const maySuspend: readonly string[] = ["active", "warned"];

/** Of one account; nothing of it before the read model has the account. */
export function creditView({ accountId, currency }: PortalAccount, { standings, notices }: Credit, reader: Reader, now: Temporal.Instant) {
  const one = standings.find((each) => each.accountId === accountId);
  const own = notices.filter((notice) => notice.accountId === accountId);
  const shown = own.map(({ title, body, advice }) => ({ tone: tones[one?.state ?? "active"], text: `${title}. ${body} ${advice}` }));
  if (!one) return { accountId, notices: shown };
  const { state, offers } = one;
  const pause =
    one.suspension && Temporal.Instant.compare(Temporal.Instant.from(one.suspension.until), now) > 0 ? one.suspension : undefined;
  const today = now.toZonedDateTimeISO(reader.zone).toPlainDate();
  const day = (days: number) => today.add({ days }).toString();
  return {
    accountId,
    notices: shown,
    key: crypto.randomUUID(),
    promised:
      one.promise && `${sumText(BigInt(one.promise.amountMicros), currency, reader)} until ${dateTimeText(one.promise.dueAt, reader, now)}`,
    promise:
      offers.promise && !one.promise && mayPromise.includes(state)
        ? { most: offers.promise.most, days: offers.promise.mostDays, currency, amount: suggested(one, offers.promise.most) }
        : undefined,
    suspension:
      offers.suspension && !pause && maySuspend.includes(state)
        ? {
            from: day(offers.suspension.leastDays),
            to: day(offers.suspension.mostDays),
            fee: offers.suspension.fee === "0" ? undefined : offers.suspension.fee,
            currency,
          }
        : undefined,
    paused: pause && dateTimeText(pause.until, reader, now),
  };
}

/** What is missing, in whole units, as far as it may be promised. */
function suggested({ reason }: PortalStanding, most: string): string {
  const unit = 1_000_000n;
  const needed = (BigInt(reason.payMicros ?? "0") + unit - 1n) / unit;
  return needed > 0n && Number(needed) <= Number(most) ? formatMicros(needed * unit, 0) : most;
}

const outcomes: Readonly<Record<string, string>> = {
  promised: "Thank you. What you promised counts as paid until its day, and everything works again in a moment.",
  paused: "Your services are paused in a moment.",
  resumed: "Your services work again in a moment.",
};

/** What the form before has brought, from the address that it led to. */
export function toldBy(c: PortalContext): { tone: string; text: string } | undefined {
  const done = outcomes[c.req.query("done") ?? ""];
  if (done) return { tone: "good", text: done };
  const code = c.req.query("refused") ?? "";
  return Object.hasOwn(errors, code) ? { tone: "warn", text: errors[code as ErrorCode].message } : undefined;
}

async function act(
  c: PortalContext,
  name: string,
  done: keyof typeof outcomes,
  inputOf: (form: Readonly<Record<string, string>>) => object,
) {
  const body = await c.req.parseBody();
  const form = Object.fromEntries(Object.entries(body).map(([key, value]) => [key, typeof value === "string" ? value.trim() : ""]));
  if (!(await isOurForm(c, form._csrf))) return c.redirect("/?refused=csrf_failed", 303);
  const { session, portal } = c.var;
  const answer = await portal.core.run({ name, input: inputOf(form), token: session.token, key: form._key ?? "" });
  if (answer.kind === "signed-out") return c.redirect("/sign-in", 303);
  return c.redirect(answer.kind === "done" ? `/?done=${done}` : `/?refused=${encodeURIComponent(answer.code)}`, 303);
}

/** POST /promise */
export const promisePayment = (c: PortalContext): Promise<Response> =>
  act(c, "credit.promise", "promised", ({ account, amount = "", days }) => ({
    accountId: account,
    amount: amount.replace(",", "."),
    days: Number(days),
  }));
/** POST /suspension */
export const suspendServices = (c: PortalContext): Promise<Response> =>
  act(c, "credit.suspend", "paused", ({ account, until }) => ({ accountId: account, until }));
/** POST /resumption */
export const resumeServices = (c: PortalContext): Promise<Response> =>
  act(c, "credit.resume", "resumed", ({ account }) => ({ accountId: account }));
