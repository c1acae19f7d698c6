// POST /api/v1/usage: records from software that has no spool. Each gets an answer of its own; what was taken goes the way of every batch.
import * as v from "valibot";
import { importAgentOfKey } from "../../agents/import-agent-of-key.ts";
import type { Actor } from "../../kernel/actor.ts";
import { type InputIssue, issuesOf } from "../../kernel/command.ts";
import type { Core } from "../../kernel/core.ts";
import { accept, type Outcome, refuse } from "../../kernel/errors.ts";
import { implausibilities } from "../../usage/implausibilities.ts";
import { knownKeys } from "../../usage/known-keys.ts";
import {
  callSchema,
  eventSchema,
  MAX_BATCH_RECORDS,
  messageSchema,
  sessionSchema,
  trafficSchema,
  type UsageRecord,
} from "../../usage/normal-form.ts";
import { receiveBatch } from "../../usage/receive-batch.ts";
import { recordKey } from "../../usage/record-key.ts";
import { readJson, USAGE_LIMITS } from "./request-body.ts";

const { kind, callId, answeredAt, endedAt, accountCode, flags, raw, ...needed } = callSchema.entries;

const callItem = v.strictObject({
  ...needed,
  kind: v.optional(kind, "call"),
  callId: v.optional(callId, ""),
  answeredAt: v.optional(answeredAt, null),
  endedAt: v.optional(endedAt, null),
  accountCode: v.optional(accountCode, ""),
  flags: v.optional(flags, []),
  raw: v.optional(raw, ""),
});

/** The normal form of usage, with what a sender may leave out; a record that doesn't say its kind is a call. */
export const usageItemSchema = v.variant("kind", [callItem, sessionSchema, trafficSchema, messageSchema, eventSchema]);

const envelope = v.strictObject({
  records: v.pipe(
    v.array(v.unknown(), "must be a list"),
    v.minLength(1, "must have at least one record"),
    v.maxLength(MAX_BATCH_RECORDS, `must have at most ${MAX_BATCH_RECORDS} records`),
  ),
});

export type UsageItem =
  /** Stored, to be rated in a moment; `key` is its natural key. */
  | { readonly index: number; readonly status: "accepted"; readonly key: string }
  /** In this request already, or charged or waiting in quarantine since an earlier one. */
  | { readonly index: number; readonly status: "duplicate"; readonly key: string; readonly reason: "in_request" | "known" }
  | { readonly index: number; readonly status: "refused"; readonly reason: "invalid_input"; readonly errors: readonly InputIssue[] };

export type UsageAnswer = {
  readonly accepted: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly items: readonly UsageItem[];
};

/** Takes what can be taken. A record that is implausible is taken too: it waits in quarantine with the reason. The answer is durable. */
export async function postUsage(core: Core, actor: Actor, providerId: number, request: Request): Promise<Outcome<UsageAnswer>> {
  if (!actor.permissions.has("usage:write") || actor.scope.groupIds !== null) return refuse("not_permitted", { permission: "usage:write" });
  if (!actor.scope.providerIds.includes(providerId)) return refuse("not_found");
  const body = v.safeParse(envelope, await readJson(request, USAGE_LIMITS));
  if (!body.success) return refuse("invalid_input", { issues: issuesOf(body.issues) });

  const { items, fresh } = await sorted(core, providerId, body.output.records);
  if (fresh.length > 0) {
    const agent = { providerId, agentId: await importAgentOfKey(core, providerId, actor) };
    const receipt = await receiveBatch(core, agent, { firstSequence: "next", records: fresh });
    if (!receipt.ok) return refuse("not_permitted", { detail: "This key's import was revoked." });
  }
  const count = (status: UsageItem["status"]) => items.filter((item) => item.status === status).length;
  return accept({ accepted: count("accepted"), duplicates: count("duplicate"), refused: count("refused"), items });
}

async function sorted(core: Core, providerId: number, records: readonly unknown[]): Promise<{ items: UsageItem[]; fresh: UsageRecord[] }> {
  const read = records.map(readItem);
  const keys = read.flatMap((item) => (item.ok ? [item.key] : []));
  const known = await knownKeys(core.db, providerId, keys);
  const seen = new Set<string>();
  const fresh: UsageRecord[] = [];
  const items = read.map((item, index): UsageItem => {
    if (!item.ok) return { index, status: "refused", reason: "invalid_input", errors: item.errors };
    const { key } = item;
    if (seen.has(key)) return { index, status: "duplicate", key, reason: "in_request" };
    seen.add(key);
    if (known.has(key)) return { index, status: "duplicate", key, reason: "known" };
    fresh.push(item.usage);
    return { index, status: "accepted", key };
  });
  return { items, fresh };
}

type Item =
  | { readonly ok: true; readonly usage: UsageRecord; readonly key: string }
  | { readonly ok: false; readonly errors: readonly InputIssue[] };

function readItem(record: unknown): Item {
  const parsed = v.safeParse(usageItemSchema, record);
  if (!parsed.success) return { ok: false, errors: issuesOf(parsed.issues) };
  const usage = parsed.output;
  const flagged = { ...usage, flags: [...new Set([...usage.flags, ...implausibilities(usage)])].slice(0, 16) };
  return { ok: true, usage: flagged, key: recordKey(flagged) };
}
