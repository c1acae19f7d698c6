// Whose session each request is about, on which terms: the identifiers, services and plans as of the time that decides the price.
import type { RawTx } from "../../../db/client.ts";
import { type Payer, readPlans, readTerms, type Terms } from "../../usage/plans-in-force.ts";
import { type Identifier, identifierOf, readHolders, readPayers } from "../../usage/resolve.ts";
import type { AuthorisationRequest, Denial } from "./request.ts";

export type Session = {
  readonly accountId: string;
  readonly serviceId: string;
  readonly currency: string;
  /** When it began, in milliseconds since 1970. */
  readonly startedMs: number;
  /** What prices it, as of its beginning. */
  readonly terms: Terms;
  /** How many sessions and calls the service may have at once; undefined: as many as it likes. */
  readonly mostSessions: number | undefined;
};

/** A service's attribute of this name bounds its sessions and calls at one time. */
const MOST_SESSIONS = "simultaneous_sessions";

type Service = { id: string; account_id: string; attributes: Record<string, string>; activated_ms: number; terminated_ms: number };
type Claim = { session_key: string; account_id: string; service_id: string | null; started_ms: number | null };

export type Sessions = {
  readonly zone: string;
  /** In the order of the requests: the session, or why there is none. */
  readonly of: readonly (Session | Denial)[];
  /** Terms of sessions that hold something beside them. */
  readonly termsOf: TermsOfHeld;
};
export type TermsOfHeld = (held: { readonly accountId: string; readonly serviceId: string }, atMs: number) => Terms | undefined;

export async function readSessions(
  t: RawTx,
  providerId: number,
  requests: readonly AuthorisationRequest[],
  now: Temporal.Instant,
): Promise<Sessions> {
  const serviceIds = requests.flatMap(({ serviceId }) => serviceId ?? []);
  const parties = requests.flatMap(({ party }) => (party ? [partyOf(party)] : []));
  const [zones, claims, { holders, holderOf }] = await Promise.all([
    t<{ zone: string }[]>`select zone from app.providers where id = ${providerId}`,
    readClaims(t, providerId, requests),
    readHolders(t, providerId, parties),
  ]);
  const { zone } = zones[0]!;
  const services = await readServices(t, providerId, [...new Set([...serviceIds, ...holders.map((one) => one.serviceId)])]);
  const accountIds = [...new Set([...services.values()].map((one) => one.account_id))];
  const payers = await readPayers(t, providerId, accountIds);
  let plans = await readPlans(t, providerId, zone, [...services.keys()]);
  const beyondDecks = [...new Set([...services.values()].filter((one) => plans.someBeyondDeck(one.id)).map((one) => one.account_id))];
  // What other services of such an account hold is counted as used, so they are priced too.
  if (beyondDecks.length > 0)
    plans = await readPlans(t, providerId, zone, [...services.keys(), ...(await servicesOf(t, providerId, beyondDecks))]);
  const terms = await readTerms(t, providerId, zone, beyondDecks);

  const nowMs = now.epochMilliseconds;
  const of = requests.map((request): Session | Denial => {
    const claim = claims.get(request.sessionKey);
    const startedMs = request.startedAt ? Date.parse(request.startedAt) : (claim?.started_ms ?? nowMs);
    const serviceId = request.serviceId ?? holderOf(partyOf(request.party!), startedMs)?.serviceId;
    const service = serviceId === undefined ? undefined : services.get(serviceId);
    if (!service) return "not_found";
    if (claim && claim.account_id !== service.account_id) return "session_key_taken";
    if (nowMs < service.activated_ms || nowMs >= service.terminated_ms) return "service_terminated";
    const segments = plans.segmentsAt(service.id, startedMs);
    if (!segments) return "plan_not_published";
    const accountId = service.account_id;
    const payer = payers.get(accountId)!;
    if (segments.some((one) => one.currency !== payer.currency)) return "currency_differs";
    return {
      accountId,
      serviceId: service.id,
      currency: payer.currency,
      startedMs,
      terms: terms({ accountId, serviceId: service.id, ...payer }, segments, startedMs),
      mostSessions: mostSessionsOf(service),
    };
  });
  const termsOf: TermsOfHeld = ({ accountId, serviceId }, atMs) => {
    const payer: Payer | undefined = payers.get(accountId);
    const segments = plans.segmentsAt(serviceId, atMs);
    return payer && segments && terms({ accountId, serviceId, ...payer }, segments, atMs);
  };
  return { zone, of, termsOf };
}

function mostSessionsOf({ attributes }: Service): number | undefined {
  const written = attributes[MOST_SESSIONS];
  return written !== undefined && /^\d{1,6}$/.test(written) ? Number(written) : undefined;
}

const partyOf = ({ kind, value }: NonNullable<AuthorisationRequest["party"]>): Identifier =>
  (kind === "telephone" ? identifierOf(value) : undefined) ?? { kind, value: value.trim().toLowerCase() };

async function readClaims(t: RawTx, providerId: number, requests: readonly AuthorisationRequest[]): Promise<ReadonlyMap<string, Claim>> {
  const rows = await t<Claim[]>`
    select s.session_key, s.account_id, h.service_id, (extract(epoch from h.started_at) * 1000)::float8 as started_ms
    from app.hold_sessions s left join app.holds h on h.provider_id = s.provider_id and h.account_id = s.account_id and h.session_key = s.session_key
    where s.provider_id = ${providerId} and s.session_key = any(${requests.map((one) => one.sessionKey)}::text[])`;
  return new Map(rows.map((row) => [row.session_key, row]));
}

async function readServices(t: RawTx, providerId: number, ids: readonly string[]): Promise<ReadonlyMap<string, Service>> {
  const rows = await t<Service[]>`
    select id, account_id, attributes, ceil(extract(epoch from activated_at) * 1000)::float8 as activated_ms,
           coalesce(ceil(extract(epoch from terminated_at) * 1000), 'infinity')::float8 as terminated_ms
    from app.services where provider_id = ${providerId} and id = any(${ids as string[]}::uuid[])`;
  return new Map(rows.map((row) => [row.id, row]));
}

async function servicesOf(t: RawTx, providerId: number, accountIds: readonly string[]): Promise<string[]> {
  const rows = await t<
    { id: string }[]
  >`select id from app.services where provider_id = ${providerId} and account_id = any(${accountIds as string[]}::uuid[])`;
  return rows.map((row) => row.id);
}
