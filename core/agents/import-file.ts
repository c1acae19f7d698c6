// A whole file of call records into the core: uploaded in the web client, or named on the command line. The same road as an agent's: spool, batches, inbox.
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import { defineCommand } from "../kernel/command.ts";
import type { Core } from "../kernel/core.ts";
import { accept } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { lineField } from "../kernel/input-fields.ts";
import { defineJob } from "../kernel/job.ts";
import { uploadField, uploadsIn } from "../kernel/uploads.ts";
import type { Counts } from "../usage/commit-stage.ts";
import { processBatch } from "../usage/process-batch.ts";
import { receiveBatch } from "../usage/receive-batch.ts";
import { readFileInto } from "./pbx/read-file.ts";
import { asteriskFile } from "./pbx/read-rows.ts";
import { Spool } from "./spool.ts";
import { deliver } from "./uplink.ts";

const spoolOf = (core: Core, fileId: string) => join(core.dataDir, "spools", `import-${fileId}.sqlite`);

const zone = v.pipe(
  v.string(),
  v.check((name) => {
    try {
      Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
      return true;
    } catch {
      return false;
    }
  }, "Not an IANA time zone, such as Europe/Berlin"),
);

/** The import as a job of the workers. `path` is on the machine of the worker. */
export const importFile = defineJob({
  name: "usage.import-file",
  data: v.object({ providerId: v.number(), fileId: v.string(), path: v.string(), name: v.string(), zone: v.string() }),
  policy: "standard",
  expireInSeconds: 6 * 3600,
});

export const startImport = defineCommand({
  name: "usage.import-file",
  summary: "Import a file of Asterisk call records that lies on the server",
  permission: "usage:write",
  level: "provider",
  input: v.strictObject({
    name: lineField(255),
    upload: uploadField,
    sizeBytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
    zone,
  }),
  async run({ core, tx, providerId, actor, now, enqueue, audit }, input) {
    const fileId = newId();
    await openImport(rawOf(tx), {
      providerId,
      fileId,
      name: input.name,
      source: "upload",
      sizeBytes: input.sizeBytes,
      by: actor.name,
      now,
    });
    await enqueue(importFile, {
      providerId,
      fileId,
      path: join(uploadsIn(core.dataDir), input.upload),
      name: input.name,
      zone: input.zone,
    });
    audit({ after: { fileId, name: input.name } });
    return accept({ fileId });
  },
});

type Import = {
  providerId: number;
  fileId: string;
  name: string;
  source: "upload" | "cli";
  sizeBytes: number;
  by: string;
  now: Temporal.Instant;
};

/** Each import is an agent of its own, whose id is the file's: its rows are numbered from 1, so a crash in between repeats nothing. */
async function openImport(t: ReturnType<typeof rawOf>, x: Import): Promise<void> {
  await t`insert into app.agents (provider_id, id, kind, name, config, created_at) values (${x.providerId}, ${x.fileId}, 'import', ${x.name}, '{}', ${x.now.toString()})`;
  await t`insert into app.usage_files (provider_id, id, agent_id, name, source, size_bytes, state, created_at, created_by)
    values (${x.providerId}, ${x.fileId}, ${x.fileId}, ${x.name}, ${x.source}, ${x.sizeBytes}, 'reading', ${x.now.toString()}, ${x.by})`;
}

export type ImportProgress = {
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly rows: number;
  readonly rowWaiting: boolean;
};

/**
 * Reads the file and hands its rows over; gives what was read. Run again after a crash it goes on where it was.
 * The file is left alone: whoever put it there takes it away.
 */
export async function runImport(
  core: Core,
  { providerId, fileId, path, name, zone }: v.InferOutput<(typeof importFile)["data"]>,
  onProgress: (progress: ImportProgress) => void = () => {},
): Promise<ImportProgress> {
  await mkdir(join(core.dataDir, "spools"), { recursive: true });
  const spool = Spool.open(spoolOf(core, fileId));
  const note = (p: ImportProgress, state: "reading" | "read" | "failed", problem: string | null = null) =>
    inTenant(core.db, [providerId], async (tx) => {
      await rawOf(
        tx,
      )`update app.usage_files set size_bytes = ${p.bytesTotal}, read_bytes = ${p.bytesRead}, read_rows = ${p.rows}, row_waiting = ${p.rowWaiting}, state = ${state}, problem = ${problem}
        where provider_id = ${providerId} and id = ${fileId}`;
    });
  let progress: ImportProgress = { bytesRead: 0, bytesTotal: 0, rows: 0, rowWaiting: false };
  let noted = 0;
  // One after the other: "being read" must not overtake the last word, or the file would be read forever.
  let noting: Promise<unknown> = Promise.resolve();
  let allRead = false;
  const stop = new AbortController();
  // Whoever fails ends the other: a spool that nobody empties any more would keep the reader waiting.
  const delivering = deliver(spool, (batch) => send(core, providerId, fileId, batch), {
    endWhenEmpty: () => allRead,
    signal: stop.signal,
  }).then((end) => {
    if (!end.ok) stop.abort();
    return end;
  });
  try {
    const result = await readFileInto(spool, path, {
      reader: asteriskFile({ zone }),
      fileId,
      fileName: name,
      signal: stop.signal,
      onProgress({ bytesRead, bytesTotal }) {
        progress = { bytesRead, bytesTotal, rows: spool.lastSequence, rowWaiting: false };
        onProgress(progress);
        if (performance.now() - noted < 500) return;
        noted = performance.now();
        const seen = progress;
        noting = noting.then(() => note(seen, "reading")).catch((error) => core.log.warn({ err: error }, "progress of an import"));
      },
    });
    progress = {
      bytesRead: result.bytesRead,
      bytesTotal: result.bytesTotal,
      rows: spool.lastSequence,
      rowWaiting: result.waiting !== null,
    };
    allRead = true;
    const end = await delivering;
    if (!end.ok) throw new Error(`the core refused the rows: ${end.code}`);
    await noting;
    await note(progress, "read");
    onProgress(progress);
  } catch (error) {
    stop.abort();
    await delivering;
    await noting;
    await note(progress, "failed", error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    spool.close();
  }
  for (const suffix of ["", "-wal", "-shm"]) await rm(spoolOf(core, fileId) + suffix, { force: true });
  return progress;
}

/** What the job does: the import, then the upload is taken away. A file that can't be read stays, and the page says why. */
export async function importUpload(core: Core, file: v.InferOutput<(typeof importFile)["data"]>): Promise<void> {
  if (!(await Bun.file(file.path).exists())) return; // done before, by a worker that could not say so any more
  await runImport(core, file);
  await rm(file.path, { force: true });
}

async function send(core: Core, providerId: number, fileId: string, batch: Parameters<Parameters<typeof deliver>[1]>[0]) {
  const receipt = await receiveBatch(
    core,
    { providerId, agentId: fileId },
    { firstSequence: batch.firstSequence, records: batch.records, file: { id: fileId, name: batch.file?.name ?? "" } },
  );
  return receipt.ok ? receipt : { ...receipt, retry: false };
}

/** The import on the command line: opens it and runs it in this process. */
export async function importFromPath(
  core: Core,
  x: { providerId: number; path: string; name: string; zone: string; by: string },
  onProgress?: (progress: ImportProgress) => void,
) {
  const fileId = newId();
  const { providerId, path, name, zone } = x;
  await inTenant(core.db, [providerId], (tx) =>
    openImport(rawOf(tx), { providerId, fileId, name, source: "cli", sizeBytes: Bun.file(path).size, by: x.by, now: core.clock() }),
  );
  const progress = await runImport(core, { providerId, fileId, path, name, zone }, onProgress);
  return { fileId, ...progress };
}

export type ImportCounts = Counts & { readonly pending: number };

/** How many rows of an import have ended how; `pending` are received and not rated yet. */
export async function importCounts(core: Core, providerId: number, fileId: string): Promise<ImportCounts> {
  return inTenant(core.db, [providerId], async (tx) => {
    const [row] = await rawOf(tx)<ImportCounts[]>`
      select coalesce(sum(rows), 0)::int as rows, coalesce(sum(rated), 0)::int as rated, coalesce(sum(duplicates), 0)::int as duplicates, coalesce(sum(quarantined), 0)::int as quarantined,
             coalesce(sum(discarded), 0)::int as discarded, coalesce(sum(rows) filter (where processed_at is null), 0)::int as pending
      from app.usage_inbox where provider_id = ${providerId} and agent_id = ${fileId}`;
    return row!;
  });
}

/** Rates what an import has brought without waiting for a worker; what a worker has in hand is waited for and not done again. */
export async function rateImport(core: Core, providerId: number, fileId: string, onRated: () => void = () => {}): Promise<void> {
  const pending = await inTenant(
    core.db,
    [providerId],
    (tx) =>
      rawOf(
        tx,
      )`select first_sequence from app.usage_inbox where provider_id = ${providerId} and agent_id = ${fileId} and processed_at is null order by 1`,
  );
  for (const { first_sequence } of pending) {
    await processBatch(core, { providerId, agentId: fileId, firstSequence: Number(first_sequence) });
    onRated();
  }
}
