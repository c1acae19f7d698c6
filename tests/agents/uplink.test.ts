import { afterEach, describe, expect, test } from "bun:test";
import { Spool } from "../../core/agents/spool.ts";
import { deliver, httpHeartbeat, httpSend, type Send } from "../../core/agents/uplink.ts";
import type { SourceRecord, UsageBatch } from "../../core/usage/normal-form.ts";

const records = (from: number, to: number): SourceRecord[] =>
  Array.from({ length: to - from }, (_, i) => ({ kind: "unreadable", raw: String(from + i), reason: "test" }));
const spoolOf = (rows: number, file = 1): Spool => {
  const spool = Spool.open(":memory:");
  const fileId = `01890000-0000-7000-8000-00000000000${file}`;
  spool.append(records(0, rows), { source: "s", fileId, fileName: "Master.csv", offset: rows, identity: {} });
  return spool;
};
const quick = { firstDelayMs: 1, maxDelayMs: 4, endWhenEmpty: () => true };

/** What the core does with batches: keeps its last sequence, drops what it has, never takes a gap without noticing. */
class PretendedCore {
  last = 0;
  rows: string[] = [];
  gaps = 0;
  take(batch: UsageBatch): number {
    if (batch.firstSequence > this.last + 1) this.gaps++;
    batch.records.forEach((record, i) => {
      if (batch.firstSequence + i > this.last) this.rows.push(record.raw);
    });
    this.last = Math.max(this.last, batch.firstSequence + batch.records.length - 1);
    return this.last;
  }
}

const servers: Bun.Server<undefined>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.stop(true);
});
const serve = (answer: (request: Request, call: number) => Response | Promise<Response>) => {
  let call = 0;
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: (request) => answer(request, ++call) });
  servers.push(server);
  return { url: `http://127.0.0.1:${server.port}/`, token: "secret-token" };
};

describe("over HTTP", () => {
  test("a batch carries the token, its numbers and one file's rows, and every row arrives once, in order", async () => {
    const core = new PretendedCore();
    const seen: unknown[] = [];
    const address = serve(async (request) => {
      const batch = (await request.json()) as UsageBatch;
      seen.push([request.method, new URL(request.url).pathname, request.headers.get("authorization"), batch.file?.name]);
      return Response.json({ acceptedUpTo: core.take(batch) });
    });
    const spool = spoolOf(12);
    expect(await deliver(spool, httpSend(address), { ...quick, batchRows: 5 })).toEqual({ ok: true, end: "empty" });
    expect(seen).toEqual(Array(3).fill(["POST", "/agents/v1/batches", "Bearer secret-token", "Master.csv"]));
    expect([core.rows, core.gaps, spool.depth.rows]).toEqual([records(0, 12).map((r) => r.raw), 0, 0]);
  });

  for (const deliveries of [0, 1, 3]) {
    test(`a batch that reaches the core ${deliveries} times before its answer does is counted once`, async () => {
      const core = new PretendedCore();
      const address = serve(async (request, call) => {
        const batch = (await request.json()) as UsageBatch;
        if (deliveries === 0 && call === 1) return new Response("lost on the way there", { status: 502 });
        const acceptedUpTo = core.take(batch);
        return call < deliveries ? new Response("lost on the way back", { status: 504 }) : Response.json({ acceptedUpTo });
      });
      const spool = spoolOf(7);
      expect(await deliver(spool, httpSend(address), { ...quick, batchRows: 3 })).toEqual({ ok: true, end: "empty" });
      expect(core.rows).toEqual(records(0, 7).map((r) => r.raw));
    });
  }

  test("a core that dies in mid-answer, is away, or talks nonsense gets the batch again", async () => {
    const core = new PretendedCore();
    const spool = spoolOf(4);
    const failures: string[] = [];
    const first = serve(async (request, call) => {
      const batch = (await request.json()) as UsageBatch;
      core.take(batch);
      if (call === 1) return new Response("<html>hello</html>");
      servers.splice(0)[0]?.stop(true);
      return new Response();
    });
    const ending = new AbortController();
    await deliver(spool, httpSend(first), {
      ...quick,
      signal: ending.signal,
      onFailure: ({ code, attempt }) => {
        failures.push(code);
        if (attempt === 4) ending.abort();
      },
    });
    expect(failures).toEqual(["answer_not_understood", "core_unreachable", "core_unreachable", "core_unreachable"]);
    const again = serve(async (request) => Response.json({ acceptedUpTo: core.take((await request.json()) as UsageBatch) }));
    expect(await deliver(spool, httpSend(again), quick)).toEqual({ ok: true, end: "empty" });
    expect(core.rows).toEqual(["0", "1", "2", "3"]);
  });

  test("a refusal ends an import with the core's code, and a redirect never gets the token", async () => {
    const refusing = serve(() => Response.json({ code: "agent_unknown" }, { status: 401 }));
    expect(await deliver(spoolOf(1), httpSend(refusing), quick)).toEqual({ ok: false, code: "agent_unknown" });
    let reached = 0;
    const thief = serve(() => {
      reached++;
      return Response.json({ acceptedUpTo: 1 });
    });
    const redirecting = serve(() => Response.redirect(`${thief.url}agents/v1/batches`, 307));
    expect(await httpSend(redirecting)({ firstSequence: 1, records: records(0, 1) })).toMatchObject({ ok: false, retry: true });
    expect(reached).toBe(0);
  });

  test("a batch that is too large for the core is halved until it fits", async () => {
    const core = new PretendedCore();
    const address = serve(async (request) => {
      const batch = (await request.json()) as UsageBatch;
      return batch.records.length > 3 ? new Response(null, { status: 413 }) : Response.json({ acceptedUpTo: core.take(batch) });
    });
    expect(await deliver(spoolOf(10), httpSend(address), quick)).toEqual({ ok: true, end: "empty" });
    expect(core.rows.length).toBe(10);
  });

  test("a heartbeat tells depth, sequence, clock and rate, and brings the core's last sequence", async () => {
    let body: unknown;
    const address = serve(async (request) => {
      body = await request.json();
      return Response.json({ lastSequence: 5 });
    });
    const beat = { version: "1", spoolId: "s", spoolDepth: 2, lastSequence: 7, clock: "2026-03-10T10:00:00Z", rate: 0.5 };
    expect(await httpHeartbeat(address)(beat)).toEqual({ ok: true, lastSequence: 5 });
    expect(body).toEqual(beat);
  });
});

describe("in the same process", () => {
  test("a send that throws, refuses and forgets its answers at random still brings every row once", async () => {
    const core = new PretendedCore();
    let call = 0;
    const send: Send = async (batch) => {
      call++;
      if (call % 3 === 0) throw new Error("database away");
      const acceptedUpTo = core.take(call % 5 === 0 ? { ...batch, records: batch.records.slice(0, 1) } : batch);
      return call % 4 === 0 ? { ok: false, code: "timeout", retry: true } : { ok: true, acceptedUpTo };
    };
    const spool = spoolOf(100);
    expect(await deliver(spool, send, { ...quick, batchRows: 7 })).toEqual({ ok: true, end: "empty" });
    expect([core.rows, core.gaps]).toEqual([records(0, 100).map((r) => r.raw), 0]);
  });
  test("rows that come into the spool while a batch is on its way don't make it look refused", async () => {
    const core = new PretendedCore();
    const spool = spoolOf(5);
    let more = 4;
    const failures: string[] = [];
    const send: Send = async (batch) => {
      if (more-- > 0)
        spool.append(records(100, 120), {
          source: "s",
          fileId: "01890000-0000-7000-8000-000000000001",
          fileName: "x",
          offset: 9,
          identity: {},
        });
      return { ok: true, acceptedUpTo: core.take(batch) };
    };
    await deliver(spool, send, { ...quick, onFailure: ({ code }) => failures.push(code) });
    expect(failures).toEqual([]);
    expect(core.rows).toHaveLength(85);
  });

  test("delays double up to their bound and are spread by half", async () => {
    const delays: number[] = [];
    const ending = new AbortController();
    await deliver(spoolOf(1), async () => ({ ok: false, code: "x", retry: true }), {
      signal: ending.signal,
      firstDelayMs: 2,
      maxDelayMs: 16,
      random: () => 0.5,
      onFailure: ({ delayMs, attempt }) => {
        delays.push(delayMs);
        if (attempt === 6) ending.abort();
      },
    });
    expect(delays).toEqual([2, 3, 6, 12, 12, 12]);
  });
  test("a core that accepts nothing of a batch is not asked in a tight loop", async () => {
    const ending = new AbortController();
    let asked = 0;
    setTimeout(() => ending.abort(), 100);
    await deliver(spoolOf(2), async () => ({ ok: true, acceptedUpTo: 0 * ++asked }), {
      signal: ending.signal,
      firstDelayMs: 20,
      maxDelayMs: 1000,
    });
    expect(asked).toBeLessThan(8);
  });
  test("rows that come later are delivered at once, until the signal ends it", async () => {
    const spool = Spool.open(":memory:");
    const core = new PretendedCore();
    const ending = new AbortController();
    const delivery = deliver(spool, async (batch) => ({ ok: true, acceptedUpTo: core.take(batch) }), { signal: ending.signal });
    await Bun.sleep(5);
    spool.append(records(0, 2), { source: "s", fileId: "01890000-0000-7000-8000-000000000001", fileName: "f", offset: 1, identity: {} });
    await Bun.sleep(20);
    expect(core.rows).toEqual(["0", "1"]);
    ending.abort();
    expect(await delivery).toEqual({ ok: true, end: "stopped" });
  });
});
