// Days and hours out of an address: "?from=2026-11-01&to=2026-11-23" are whole days of the provider's zone, "?at=2026-11-23T16" is one hour.

export type PeriodFilter = {
  /** Half-open; empty for everything. */
  readonly instants: { readonly from?: string; readonly to?: string };
  readonly label: string;
  readonly problems: Readonly<Record<string, string>>;
};

export function periodOf(
  { from, to, at }: { readonly from: string; readonly to: string; readonly at: string },
  zone: string,
): PeriodFilter {
  if (at !== "") return hourOf(at, zone);
  const problems: Record<string, string> = {};
  const first = dayOf(from);
  const last = dayOf(to);
  if (first === null) problems.from = "Write a day like 2026-11-01.";
  if (last === null) problems.to = "Write a day like 2026-11-23.";
  if (first && last && Temporal.PlainDate.compare(first, last) > 0) problems.to = "The period ends before it begins.";
  const start = (day: Temporal.PlainDate) => day.toZonedDateTime(zone).toInstant().toString();
  return {
    instants: { ...(first ? { from: start(first) } : {}), ...(last ? { to: start(last.add({ days: 1 })) } : {}) },
    label: "",
    problems,
  };
}

/** Undefined when nothing is written, null when it is no day. */
function dayOf(text: string): Temporal.PlainDate | null | undefined {
  if (text === "") return undefined;
  if (!/^(?:19[7-9]\d|20\d\d|21\d\d)-\d\d-\d\d$/.test(text)) return null;
  try {
    return Temporal.PlainDate.from(text, { overflow: "reject" });
  } catch {
    return null;
  }
}

function hourOf(at: string, zone: string): PeriodFilter {
  const day = dayOf(at.slice(0, 10));
  if (!day || !/^T([01]\d|2[0-3])$/.test(at.slice(10)))
    return { instants: {}, label: "", problems: { at: "Write an hour like 2026-11-23T16." } };
  const hour = Number(at.slice(11));
  const local = (h: number) => day.toZonedDateTime({ timeZone: zone, plainTime: { hour: h } });
  const end = hour === 23 ? day.add({ days: 1 }).toZonedDateTime(zone) : local(hour + 1);
  const two = (h: number) => `${String(h).padStart(2, "0")}:00`;
  return {
    instants: { from: local(hour).toInstant().toString(), to: end.toInstant().toString() },
    label: `${at.slice(0, 10)}, ${two(hour)}–${two((hour + 1) % 24)}`,
    problems: {},
  };
}
