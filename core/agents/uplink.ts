// Carries a spool's rows to the core: in order, one batch at a time, again after any failure, until the core confirms them.
import * as v from "valibot";
import { MAX_BATCH_RECORDS, type UsageBatch } from "../usage/normal-form.ts";
import type { Spool } from "./spool.ts";

export type SendResult =
  /** The core has every row of this spool up to this number, by this batch or an earlier one. */
  | { readonly ok: true; readonly acceptedUpTo: number }
  /** `retry`: the same batch may be accepted later. */
  | { readonly ok: false; readonly code: string; readonly retry: boolean };

/** The way to the core: over HTTP for an agent, in the same process for an importer. May throw; a throw is a failure to retry. */
export type Send = (batch: UsageBatch, signal?: AbortSignal) => Promise<SendResult>;

export type DeliverOptions = {
  readonly batchRows?: number;
  /** About how many bytes of JSON a batch holds at most. */
  readonly batchBytes?: number;
  readonly signal?: AbortSignal;
  /** Ends when the spool is empty, in place of waiting for more rows: called when it is, true to end. */
  readonly endWhenEmpty?: () => boolean;
  /** After a refusal that a retry won't cure: end (an importer reports it), or keep trying slowly (an agent: someone will correct it). */
  readonly onRefusal?: "end" | "wait";
  readonly firstDelayMs?: number;
  readonly maxDelayMs?: number;
  readonly onDelivered?: (delivered: { readonly rows: number; readonly lastSequence: number }) => void;
  readonly onFailure?: (failure: { readonly code: string; readonly attempt: number; readonly delayMs: number }) => void;
  /** 0 ≤ n < 1; for tests. */
  readonly random?: () => number;
};
export type DeliverEnd = { readonly ok: true; readonly end: "empty" | "stopped" } | { readonly ok: false; readonly code: string };

/**
 * Delivers until the spool is empty, the signal aborts or the core refuses for good. A batch whose answer is lost is sent again as it was;
 * the core drops what it has. Delays double from `firstDelayMs` (200) to `maxDelayMs` (30 000), each spread by half so that many agents
 * don't return at one instant.
 */
export async function deliver(spool: Spool, send: Send, options: DeliverOptions = {}): Promise<DeliverEnd> {
  const {
    batchRows = MAX_BATCH_RECORDS,
    batchBytes = 8 * 1024 ** 2,
    signal,
    firstDelayMs = 200,
    maxDelayMs = 30_000,
    random = Math.random,
  } = options;
  let rows = batchRows;
  let failures = 0;
  while (!signal?.aborted) {
    const batch = spool.takeBatch({ rows, bytes: batchBytes });
    if (batch === null) {
      if (options.endWhenEmpty?.()) return { ok: true, end: "empty" };
      await spool.untilRows(options.endWhenEmpty ? AbortSignal.any([AbortSignal.timeout(50), ...(signal ? [signal] : [])]) : signal);
      continue;
    }
    const result = await attempt(send, batch, signal);
    if (result.ok) {
      spool.acknowledge(result.acceptedUpTo);
      // Counted by numbers: more rows may have come into the spool while the batch was on its way.
      const taken = result.acceptedUpTo - batch.firstSequence + 1;
      if (taken > 0 && taken <= batch.records.length) {
        failures = 0;
        rows = Math.min(batchRows, rows * 2);
        options.onDelivered?.({ rows: taken, lastSequence: result.acceptedUpTo });
        continue;
      }
    } else if (result.code === "batch_too_large" && batch.records.length > 1) {
      rows = Math.ceil(batch.records.length / 2);
      continue;
    }
    if (signal?.aborted) break;
    if (!result.ok && !result.retry && options.onRefusal !== "wait") return { ok: false, code: result.code };
    const isFinal = !result.ok && !result.retry;
    const delayMs = Math.ceil(
      (isFinal ? maxDelayMs : Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(failures, 20))) * (0.5 + random() / 2),
    );
    failures += 1;
    options.onFailure?.({ code: result.ok ? "nothing_accepted" : result.code, attempt: failures, delayMs });
    await pause(delayMs, signal);
  }
  return { ok: true, end: "stopped" };
}

async function attempt(send: Send, batch: UsageBatch, signal: AbortSignal | undefined): Promise<SendResult> {
  try {
    return await send(batch, signal);
  } catch (error) {
    return { ok: false, code: error instanceof Error ? error.name : "unknown_error", retry: true };
  }
}

/** Settles after `ms`, or when `signal` aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}

export type CoreAddress = {
  /** Base of the core, for example `http://127.0.0.1:8080`. */
  readonly url: string;
  /** The agent's bearer token. */
  readonly token: string;
  /** Default 30 000. */
  readonly timeoutMs?: number;
};

const answerSchema = v.object({ acceptedUpTo: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) });

/** Sends batches as JSON to `POST /agents/v1/batches`; the core answers `{acceptedUpTo}` or problem+json with a code. */
export function httpSend(core: CoreAddress): Send {
  return async (batch, signal) => {
    const answer = await post(core, "batches", batch, answerSchema, signal);
    return answer.ok ? { ok: true, acceptedUpTo: answer.value.acceptedUpTo } : answer;
  };
}

export type Heartbeat = {
  readonly version: string;
  readonly spoolId: string;
  /** Rows that wait in the spool. */
  readonly spoolDepth: number;
  readonly lastSequence: number;
  /** The agent's clock, an ISO instant, so that the core can show how far it is off. */
  readonly clock: string;
  /** Rows a second read since the last heartbeat. */
  readonly rate: number;
};
const beatAnswerSchema = v.object({ lastSequence: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))) });
export type HeartbeatResult =
  | { readonly ok: true; readonly lastSequence: number | null }
  | { readonly ok: false; readonly code: string; readonly retry: boolean };

/** Tells the core that the agent lives, at `POST /agents/v1/heartbeat`; the answer holds the last sequence that the core has (null when it doesn't say). */
export function httpHeartbeat(core: CoreAddress): (beat: Heartbeat, signal?: AbortSignal) => Promise<HeartbeatResult> {
  return async (beat, signal) => {
    const answer = await post(core, "heartbeat", beat, beatAnswerSchema, signal);
    return answer.ok ? { ok: true, lastSequence: answer.value.lastSequence ?? null } : answer;
  };
}

type Posted<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: string; readonly retry: boolean };

async function post<S extends v.GenericSchema>(
  { url, token, timeoutMs = 30_000 }: CoreAddress,
  path: "batches" | "heartbeat",
  body: unknown,
  schema: S,
  signal: AbortSignal | undefined,
): Promise<Posted<v.InferOutput<S>>> {
  try {
    const response = await fetch(`${url.replace(/\/+$/, "")}/agents/v1/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      // A redirect would carry the token to wherever it points.
      redirect: "error",
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
    });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) {
      const parsed = v.safeParse(schema, answer);
      return parsed.success ? { ok: true, value: parsed.output } : { ok: false, code: "answer_not_understood", retry: true };
    }
    if (response.status === 413) return { ok: false, code: "batch_too_large", retry: false };
    const problem = v.safeParse(v.object({ code: v.string() }), answer);
    const retry = response.status >= 500 || [408, 425, 429].includes(response.status);
    return { ok: false, code: problem.success ? problem.output.code : `http_${response.status}`, retry };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    return { ok: false, code: timedOut ? "core_does_not_answer" : "core_unreachable", retry: true };
  }
}
