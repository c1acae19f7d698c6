// Money that is reserved for what goes on: what became of holds. Whoever calls this holds the balances, since both figures move together. Placing them
// is core/credit's.
import type { RawTx } from "../../db/client.ts";

/** A session's usage that is charged in this transaction. */
export type HoldUse = {
  readonly accountId: string;
  readonly sessionKey: string;
  /** With tax, and with what it changed of a period's price. */
  readonly grossMicros: bigint;
  readonly seconds: number;
  readonly octetsIn: bigint;
  readonly octetsOut: bigint;
  /** Nothing more comes of this session. */
  readonly ends: boolean;
};

type Held = { account_id: string; session_key: string; paid_for: string | null; payer_account_id: string | null; held: string };
type Ending = "settled" | "released" | "expired";
type Change = {
  readonly account_id: string;
  readonly session_key: string;
  readonly freed: string;
  readonly charged: string;
  readonly seconds: number;
  readonly octets_in: string;
  readonly octets_out: string;
  readonly ending: Ending | null;
};

/** Charged usage takes its money out of the session's hold, the payer's part first, as posting does; what ends sets the rest free. */
export async function settleHolds(t: RawTx, providerId: number, uses: readonly HoldUse[], now: Temporal.Instant): Promise<void> {
  if (uses.length === 0) return;
  const used = new Map<string, HoldUse>();
  for (const use of uses) {
    const key = nameOf(use.accountId, use.sessionKey);
    const before = used.get(key);
    used.set(key, before ? sumOf(before, use) : use);
  }
  const open = await openHolds(
    t,
    providerId,
    [...used.values()].map(({ accountId, sessionKey }) => [accountId, sessionKey] as const),
  );
  const changes: Change[] = [];
  for (const [member, payer] of open) {
    const use = used.get(nameOf(member.account_id, member.session_key))!;
    const owed = use.grossMicros > 0n ? use.grossMicros : 0n;
    const ofPayer = payer ? least(owed, BigInt(payer.held)) : 0n;
    const ending = use.ends ? "settled" : null;
    const rated = { seconds: use.seconds, octets_in: use.octetsIn.toString(), octets_out: use.octetsOut.toString() };
    const ofMember = use.ends ? BigInt(member.held) : least(owed - ofPayer, BigInt(member.held));
    changes.push({ ...keysOf(member), freed: ofMember.toString(), charged: use.grossMicros.toString(), ...rated, ending });
    if (payer) {
      const freed = use.ends ? payer.held : ofPayer.toString();
      changes.push({ ...keysOf(payer), freed, charged: ofPayer.toString(), ...nothing, ending });
    }
  }
  await change(t, providerId, changes, now);
}

/** Ends these holds, with the payers' parts, and sets free what is left in them. Gives how much that was; those that have ended already are left out. */
export async function endHolds(
  t: RawTx,
  providerId: number,
  sessions: readonly (readonly [accountId: string, sessionKey: string])[],
  ending: "released" | "expired",
  now: Temporal.Instant,
): Promise<readonly { readonly accountId: string; readonly sessionKey: string; readonly freedMicros: bigint }[]> {
  const open = await openHolds(t, providerId, sessions);
  const none = { charged: "0", ...nothing, ending };
  await change(
    t,
    providerId,
    open.flat().flatMap((one) => (one ? [{ ...keysOf(one), freed: one.held, ...none }] : [])),
    now,
  );
  return open.map(([member, payer]) => ({
    accountId: member.account_id,
    sessionKey: member.session_key,
    freedMicros: BigInt(member.held) + BigInt(payer?.held ?? 0),
  }));
}

const nothing = { seconds: 0, octets_in: "0", octets_out: "0" };
const nameOf = (accountId: string, sessionKey: string) => `${accountId} ${sessionKey}`;
const keysOf = ({ account_id, session_key }: Held) => ({ account_id, session_key });
const least = (a: bigint, b: bigint) => (a < b ? a : b);
const sumOf = (a: HoldUse, b: HoldUse): HoldUse => ({
  ...a,
  grossMicros: a.grossMicros + b.grossMicros,
  seconds: a.seconds + b.seconds,
  octetsIn: a.octetsIn + b.octetsIn,
  octetsOut: a.octetsOut + b.octetsOut,
  ends: a.ends || b.ends,
});

/** Each with its payer's part, where it has one. */
async function openHolds(
  t: RawTx,
  providerId: number,
  sessions: readonly (readonly [string, string])[],
): Promise<(readonly [Held, Held | undefined])[]> {
  if (sessions.length === 0) return [];
  const rows = await t<(Held & { payer_held: string | null })[]>`
    select h.account_id, h.session_key, h.paid_for, h.payer_account_id, h.held_micros::text as held, p.held_micros::text as payer_held
    from unnest(${sessions.map(([id]) => id)}::uuid[], ${sessions.map(([, key]) => key)}::text[]) as g(account_id, session_key)
    join app.holds h on h.provider_id = ${providerId} and h.account_id = g.account_id and h.session_key = g.session_key and h.state = 'open' and h.paid_for is null
    left join app.holds p on p.provider_id = ${providerId} and p.account_id = h.payer_account_id and p.session_key = h.session_key and p.state = 'open' and p.paid_for = h.account_id`;
  return rows.map(({ payer_held, ...member }) => [
    member,
    payer_held === null
      ? undefined
      : { ...member, account_id: member.payer_account_id!, paid_for: member.account_id, payer_account_id: null, held: payer_held },
  ]);
}

async function change(t: RawTx, providerId: number, changes: readonly Change[], now: Temporal.Instant): Promise<void> {
  if (changes.length === 0) return;
  await t`
    with given as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(changes)}::text::jsonb)
        as g(account_id uuid, session_key text, freed bigint, charged bigint, seconds bigint, octets_in numeric, octets_out numeric, ending text)),
    freed as (
      update app.balances b set held_micros = b.held_micros - g.freed, open_holds = b.open_holds - g.ended
      from (select account_id, sum(freed)::bigint as freed, count(ending)::int as ended from given group by 1 order by 1) g
      where b.provider_id = ${providerId} and b.account_id = g.account_id)
    update app.holds h set held_micros = h.held_micros - g.freed, settled_micros = h.settled_micros + g.charged,
      rated_sec = h.rated_sec + g.seconds, rated_octets_in = h.rated_octets_in + g.octets_in, rated_octets_out = h.rated_octets_out + g.octets_out,
      state = coalesce(g.ending, h.state), ended_at = case when g.ending is not null then ${now.toString()}::timestamptz end
    from given g where h.provider_id = ${providerId} and h.account_id = g.account_id and h.session_key = g.session_key`;
}
