// Calls as an agent would send them.
import type { CallFields } from "../../core/usage/normal-form.ts";

/** An answered call of 85 seconds on 1 November 2026 from the first number of `seedProvider` to a Ukrainian mobile: R4, 0.6417. Answered at once unless told. */
export const callOf = (fields: Partial<CallFields> = {}): CallFields => ({
  kind: "call",
  callId: crypto.randomUUID(),
  startedAt: "2026-11-01T12:00:00Z",
  answeredAt: fields.startedAt ?? "2026-11-01T12:00:00Z",
  endedAt: "2026-11-01T12:01:25Z",
  durationSec: 85,
  billableSec: 85,
  direction: "out",
  accountCode: "",
  source: "380440000000",
  destination: "380671234567",
  disposition: "answered",
  flags: [],
  raw: "",
  ...fields,
});
