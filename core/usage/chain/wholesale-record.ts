// What a parent learns of a partner's usage: the fact, as far as its price may depend on it, and not whose it was.
import type { UsageRecord } from "../normal-form.ts";

const hiddenDigits = 4;

/**
 * The record as the parent gets it. Its id is the record's key at the partner, which both can name to each other. The partner's own side is hidden: of
 * the subscriber's number the last four digits are cut off, so that the block it is of can still be seen, and decides a price where one asks for it;
 * a login, an account code and the source row stay with the partner. The other side, the figures, the trunk, and the attributes
 * that conditions of plans ask for go along; slices of a session go along as slices of one. A contradiction that a person let pass at the partner isn't asked about again.
 */
export function wholesaleRecord(partnerId: number, key: string, record: UsageRecord): UsageRecord {
  const hidden = { fromPartner: partnerId, flags: [], raw: "" };
  switch (record.kind) {
    case "call":
      return { ...record, ...hidden, ...sidesOf(record), ...sliceOf(partnerId, record), callId: key, accountCode: "" };
    case "message":
      return { ...record, ...hidden, ...sidesOf(record), id: key, accountCode: "" };
    case "session":
      return { ...record, ...hidden, ...sliceOf(partnerId, record), id: key, party: withheld };
    default:
      return { ...record, ...hidden, id: key, party: withheld };
  }
}

const withheld = { kind: "login", value: "" } as const;

/** The parent tells the slices of one session by a name that says nothing: many a device puts the login into the session's id. */
function sliceOf<T extends Extract<UsageRecord, { kind: "call" | "session" }>>(partnerId: number, record: T): Pick<T, "slice"> {
  if (record.slice === undefined) return {} as Pick<T, "slice">;
  const own =
    record.kind === "session"
      ? `${record.party.kind} ${record.party.value}`
      : `${record.accountCode} ${record.source} ${record.destination}`;
  const session = Bun.SHA256.hash(`${partnerId}\n${own}\n${record.slice.session}`, "hex").slice(0, 32);
  return { slice: { ...record.slice, session } } as Pick<T, "slice">;
}

type TwoSided = Pick<Extract<UsageRecord, { kind: "call" }>, "direction" | "source" | "destination" | "fromPartner">;

function sidesOf({ direction, source, destination, fromPartner }: TwoSided) {
  // A partner's partner has cut it off already.
  const own = fromPartner === undefined ? blockOf : (number: string) => number;
  return direction === "in" ? { source, destination: own(destination) } : { source: own(source), destination };
}

const blockOf = (number: string): string => (/^\+?\d+$/.test(number) ? number.slice(0, -hiddenDigits) : "");
