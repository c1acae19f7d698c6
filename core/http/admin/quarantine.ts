// What waits for a person: by reason and party, record by record, and the ways out of it.
import { Hono } from "hono";
import { type QuarantineGroup, type QuarantineRow, quarantineList } from "../../read/quarantine/query.ts";
import { acceptUsage } from "../../usage/accept-usage.ts";
import { discardUsage } from "../../usage/discard-usage.ts";
import { columnsOf } from "../../usage/fact.ts";
import type { SourceRecord } from "../../usage/normal-form.ts";
import { NO_START, type QuarantineReason, quarantineReasons } from "../../usage/rate-records.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import type { FiguresText } from "./figures.ts";
import {
  askFor,
  done,
  type FormErrors,
  figuresOf,
  formErrors,
  may,
  noErrors,
  page,
  posted,
  providersOf,
  route,
  run,
  statusOf,
} from "./frame.ts";
import { flagText, resultOf, usageWords } from "./usage-words.ts";

export const quarantinePages = new Hono<AdminEnv>();

const PAGE_ROWS = 100;
/** As many as one command takes. */
const MOST_AT_ONCE = 1000;

export type Which = { readonly provider: string; readonly reason: string; readonly party: string };

/** Reasons that time can't heal: a person decides whether the record counts. */
const needsDecision = (reason: string) =>
  Object.hasOwn(quarantineReasons, reason) && !quarantineReasons[reason as QuarantineReason].retried;
export const reasonText = (reason: string): string =>
  Object.hasOwn(quarantineReasons, reason) ? quarantineReasons[reason as QuarantineReason].message : reason.replaceAll("_", " ");

const shortReason: Readonly<Record<string, string>> = {
  unknown_party: "Nobody’s number",
  no_plan: "No plan",
  no_rate: "No price",
  blocked: "Bundle used up",
  currency_differs: "Wrong currency",
  unreadable: "Unreadable",
  implausible: "Contradictory",
};

export const groupHref = ({ provider, reason, party }: Which) =>
  `/quarantine?${new URLSearchParams({ ...(provider ? { provider } : {}), reason, ...(party ? { party } : {}) })}`;

quarantinePages.get(
  "/quarantine",
  route({ permission: "usage:read" }, (c) => {
    const asked = (name: string) => (c.req.query(name) ?? "").trim();
    const which = { provider: asked("provider"), reason: asked("reason"), party: asked("party") };
    return which.reason ? group(c, which) : overview(c);
  }),
);

async function overview(c: PageContext): Promise<Response> {
  const { groups } = await askFor(c, quarantineList, { limit: 1 });
  const text = figuresOf(c);
  const names = await providerNames(c);
  return page(c, {
    title: "Quarantine",
    section: "quarantine",
    view: "admin/quarantine/index",
    data: { groups: groups.map((found) => shownGroup(found, names, text)), severalProviders: names.size > 1, most: groups.length === 50 },
  });
}

const providerNames = async (c: PageContext) => new Map((await providersOf(c)).map(({ id, name }) => [id, name]));

function shownGroup(found: QuarantineGroup, names: Map<number, string>, text: FiguresText) {
  const which = { provider: String(found.providerId), reason: found.reason, party: found.identifierValue ?? "" };
  const hasStart = !Temporal.Instant.from(found.firstStartedAt).equals(NO_START);
  return {
    href: groupHref(which),
    party: partnerName(found, names) ?? found.identifierValue ?? (found.reason === "unreadable" ? "Rows that can’t be read" : "No number"),
    kind: found.identifierKind,
    provider: names.get(found.providerId) ?? "",
    reason: shortReason[found.reason] ?? found.reason,
    reasonText: reasonText(found.reason),
    tone: needsDecision(found.reason) ? "warn" : "bad",
    records: text.count(found.records),
    period: !hasStart ? "" : periodText(found, text),
    guessed: found.reason === "unknown_party",
    suggestion: found.suggestion && { ...found.suggestion, href: `/subscribers/${found.suggestion.subscriberId}` },
  };
}

/** A partner's usage is known by the partner's id. */
const partnerName = ({ identifierKind, identifierValue }: QuarantineGroup, names: Map<number, string>) =>
  identifierKind === "partner" ? (names.get(Number(identifierValue)) ?? "A partner") : undefined;

/** "23 Nov 17:54–22:06", or with both days when they differ. */
function periodText({ firstStartedAt, lastStartedAt }: QuarantineGroup, text: FiguresText): string {
  const first = text.dateTime(firstStartedAt);
  if (text.dateTime(lastStartedAt) === first) return first;
  return text.date(firstStartedAt) === text.date(lastStartedAt)
    ? `${first}–${text.time(lastStartedAt)}`
    : `${first} – ${text.dateTime(lastStartedAt)}`;
}

/** The records of one reason and party, with what can be done about them. */
async function group(c: PageContext, which: Which, errors: FormErrors = noErrors, status = 200, why = ""): Promise<Response> {
  const after = c.req.query("after");
  const list = await askFor(c, quarantineList, { ...inputOf(which), limit: PAGE_ROWS, ...(after ? { after } : {}) });
  const text = figuresOf(c);
  const names = await providerNames(c);
  const shown = list.groups.map((found) => shownGroup(found, names, text));
  const total = list.groups.reduce((sum, found) => sum + found.records, 0);
  const [first] = list.groups;
  const ofPartner = first && partnerName(first, names);
  const assignable = which.reason === "unknown_party" && first?.identifierValue && ofPartner === undefined && may(c, "subscribers:write");
  return page(c, {
    title: ofPartner || which.party || (shortReason[which.reason] ?? "Quarantine"),
    section: "quarantine",
    view: "admin/quarantine/group",
    status,
    data: {
      which,
      errors,
      why,
      heading: ofPartner || which.party || (shortReason[which.reason] ?? which.reason),
      reason: shortReason[which.reason] ?? which.reason,
      reasonText: reasonText(which.reason),
      groups: shown,
      total: text.count(total),
      isOne: total === 1,
      mayAct: may(c, "quarantine:write"),
      decides: needsDecision(which.reason),
      unreadable: which.reason === "unreadable",
      suggestion: shown[0]?.suggestion ?? null,
      assign: assignable
        ? `/quarantine/assign?${new URLSearchParams({ provider: String(first.providerId), kind: first.identifierKind ?? "telephone", value: first.identifierValue ?? "", from: first.firstStartedAt, ...(first.suggestion ? { subscriber: first.suggestion.subscriberId } : {}) })}`
        : null,
      allTicked: posted(c, "all") !== "",
      rows: list.rows.map((row) => ({ ...shownRow(row, text), ticked: c.get("form").getAll("key").includes(row.key) })),
      next: list.next ? `${groupHref(which)}&after=${encodeURIComponent(list.next)}` : null,
      first: after ? groupHref(which) : null,
    },
  });
}

const inputOf = ({ provider, reason, party }: Which) => ({
  ...(provider ? { providerId: provider } : {}),
  reason,
  ...(party ? { identifierValue: party } : {}),
});

function shownRow(row: QuarantineRow, text: FiguresText) {
  const record = row.record as SourceRecord;
  const common = { key: row.key, waits: text.age(row.quarantinedAt), sequence: text.count(row.sequence), raw: record.raw };
  if (record.kind === "unreadable")
    return {
      ...common,
      readable: false as const,
      problem: `${record.reason.replaceAll("_", " ")}${record.column ? `, column ${record.column}` : ""}`,
    };
  const { source, destination, disposition, duration_sec, billable_sec, facts } = columnsOf(record);
  const words = usageWords(
    { kind: record.kind, source, destination, destinationName: null, durationSec: duration_sec, facts },
    text.locale,
  );
  return {
    ...common,
    readable: true as const,
    when: text.dateTime(record.startedAt, true),
    source: source || ("accountCode" in record ? record.accountCode : ""),
    destination: words.what,
    time: words.time,
    billable: record.kind === "call" ? text.clock(billable_sec) : "–",
    disposition: resultOf({ kind: record.kind, disposition }, words),
    flags: record.flags.map(flagText),
  };
}

/** The keys that the form means: those ticked, or all of the group, as many as one command takes. */
async function keysMeant(c: PageContext, which: Which): Promise<string[]> {
  if (posted(c, "all") === "") return c.get("form").getAll("key").slice(0, MOST_AT_ONCE);
  const keys: string[] = [];
  for (let after: string | null | undefined; after !== null && keys.length < MOST_AT_ONCE; ) {
    const list: { rows: readonly QuarantineRow[]; next: string | null } = await askFor(c, quarantineList, {
      ...inputOf(which),
      limit: 200,
      ...(after ? { after } : {}),
    });
    keys.push(...list.rows.map((row) => row.key));
    after = list.next;
  }
  return keys.slice(0, MOST_AT_ONCE);
}

const whichPosted = (c: PageContext): Which => ({
  provider: posted(c, "provider"),
  reason: posted(c, "reason"),
  party: posted(c, "party"),
});
const providerPosted = (c: PageContext) => (/^\d{1,9}$/.test(posted(c, "provider")) ? { providerId: Number(posted(c, "provider")) } : {});
const nothingTicked: FormErrors = { fields: {}, list: [{ text: "Tick the records you mean, or “all”." }] };

/** Looks at the records again, and lets them pass in spite of their contradictions. */
quarantinePages.post(
  "/quarantine/accept",
  route({ permission: "quarantine:write" }, async (c) => {
    const which = whichPosted(c);
    const keys = await keysMeant(c, which);
    if (keys.length === 0) return group(c, which, nothingTicked, 422);
    const outcome = await run(c, acceptUsage, { keys }, providerPosted(c));
    if (!outcome.ok) return group(c, which, formErrors(outcome), statusOf(outcome));
    const { found, rated } = outcome.value;
    const text = figuresOf(c);
    if (rated === found)
      return done(c, "/quarantine", `${text.count(rated)} ${rated === 1 ? "record is" : "records are"} rated and charged.`);
    const left = `${text.count(found - rated)} of ${text.count(found)} still can’t be rated, for the reason that stands beside them.`;
    return done(c, rated > 0 ? "/quarantine" : groupHref(which), {
      tone: "warn",
      text: rated > 0 ? `${text.count(rated)} rated; ${left}` : left,
    });
  }),
);

quarantinePages.post(
  "/quarantine/discard",
  route({ permission: "quarantine:write" }, async (c) => {
    const which = whichPosted(c);
    const why = posted(c, "why");
    const keys = await keysMeant(c, which);
    if (keys.length === 0) return group(c, which, nothingTicked, 422, why);
    const outcome = await run(c, discardUsage, { keys, why }, providerPosted(c));
    if (!outcome.ok) return group(c, which, formErrors(outcome, {}, { why: "Why" }), statusOf(outcome), why);
    const count = outcome.value.discarded;
    return done(
      c,
      "/quarantine",
      `${figuresOf(c).count(count)} ${count === 1 ? "record is" : "records are"} discarded for good. The audit trail has the reason.`,
    );
  }),
);
