// The upload: a form with a file that is written to disk as it arrives, whatever way the body is cut.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { importUpload, rateImport } from "../../../core/agents/import-file.ts";
import { addManager } from "../../../core/auth/add-manager.ts";
import { defineRole } from "../../../core/auth/define-role.ts";
import { readUpload } from "../../../core/http/admin/multipart-upload.ts";
import { RequestRefused } from "../../../core/http/errors.ts";
import { allPermissions } from "../../../core/kernel/permissions.ts";
import { uploadsIn } from "../../../core/kernel/uploads.ts";
import { advance } from "../../../core/read/advance.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { administratorPassword, done } from "../../support/operator.ts";
import { type SeededProvider, seedProvider } from "../../support/provider.ts";
import { type Client, signedIn } from "./client.ts";

let t: TestDatabase;
let seeded: SeededProvider;
let client: Client;

beforeAll(async () => {
  t = await testDatabase();
  seeded = await seedProvider(t.admin);
  const { roleId } = await done(t.core, defineRole, { name: "all", permissions: [...allPermissions] });
  const { managerId } = await done(t.core, addManager, {
    name: "All",
    login: "all@example.net",
    password: administratorPassword,
    roleId,
    groupIds: null,
  });
  client = await signedIn(t.core, 1, managerId);
});
afterAll(() => t.close());

const boundary = "----boundary42";
const part = (name: string, value: string, file?: string) =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file === undefined ? "" : `; filename="${file}"\r\nContent-Type: text/csv`}\r\n\r\n${value}\r\n`;
const type = { "content-type": `multipart/form-data; boundary=${boundary}` };

/** A request whose body comes in pieces of `size` bytes. */
function inPieces(body: string, size: number): Request {
  const bytes = Buffer.from(body);
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.subarray(at, at + size));
      controller.close();
    },
  });
  return new Request("http://test/", { method: "POST", body: stream, headers: type });
}

const refusalOf = async (work: Promise<unknown>) => {
  try {
    await work;
  } catch (error) {
    if (error instanceof RequestRefused) return error.refusal.code;
    throw error;
  }
  return "nothing";
};

describe("a multipart body", () => {
  const content = `line one\r\nline two --${boundary.slice(0, 8)}\r\n--${boundary.slice(0, -1)}\r\n\r\n`.repeat(40);
  const body = `${part("_csrf", "token")}${part("zone", "Europe/Kyiv")}${part("file", content, "C:\\cdr\\Master.csv")}${part("after", "x")}--${boundary}--\r\n`;

  test.each([1, 2, 3, 7, 64, 1000, 1_000_000])("is read alike in pieces of %d bytes", async (size) => {
    const path = join(t.core.dataDir, `pieces-${size}`);
    const seen: string[] = [];
    const upload = await readUpload(inPieces(body, size), { path, maxBytes: 1e6, beforeFile: (fields) => seen.push(...fields.keys()) });
    expect(await Bun.file(path).text()).toBe(content);
    expect(upload.fileName).toBe("Master.csv");
    expect(upload.sizeBytes).toBe(content.length);
    expect(seen).toEqual(["_csrf", "zone"]);
    expect(Object.fromEntries(upload.fields)).toEqual({ _csrf: "token", zone: "Europe/Kyiv", after: "x" });
  });

  test("leaves nothing on disk when it is too large, cut off, or refused before the file", async () => {
    const path = join(t.core.dataDir, "refused");
    const options = { path, maxBytes: 1e6, beforeFile: () => {} };
    expect(await refusalOf(readUpload(inPieces(body, 100), { ...options, maxBytes: 50 }))).toBe("file_too_large");
    expect(await refusalOf(readUpload(inPieces(body.slice(0, -200), 100), options))).toBe("request_malformed");
    expect(await refusalOf(readUpload(inPieces("nothing of the kind", 5), options))).toBe("request_malformed");
    const secondFile = body.replace(`--${boundary}--`, `${part("file", "y", "b.csv")}--${boundary}--`);
    expect(await refusalOf(readUpload(inPieces(secondFile, 100), options))).toBe("request_malformed");
    const stop = new Error("stop");
    const refused = readUpload(inPieces(body, 100), {
      ...options,
      beforeFile: () => {
        throw stop;
      },
    });
    expect(refused).rejects.toBe(stop);
    await refused.catch(() => {});
    expect(await Bun.file(path).exists()).toBe(false);
  });
});

const row = (n: number) =>
  `"","380440000000","380671234567","from-internal","""x"" <1>","SIP/1-${n}","SIP/t-${n}","Dial","SIP/t","2026-11-01 14:00:00","2026-11-01 14:00:02","2026-11-01 14:01:02","62","60","ANSWERED","DOCUMENTATION","${n}.1",""\n`;
const waitingUploads = async () => (await readdir(uploadsIn(t.core.dataDir)).catch(() => [])).length;

async function send(fields: Record<string, string>, file?: { name: string; content: string }, csrf?: string) {
  const token = csrf ?? (await client.hidden("/imports/new"))._csrf!;
  const body = `${part("_csrf", token)}${Object.entries(fields)
    .map(([name, value]) => part(name, value))
    .join("")}${part("file", file?.content ?? "", file?.name ?? "")}--${boundary}--\r\n`;
  const response = await client.request("/imports", { method: "POST", body, headers: type });
  return { status: response.status, html: await response.text(), location: response.headers.get("location") };
}

describe("a file that is uploaded", () => {
  const zone = "Europe/Kyiv";

  test("is refused without the session's token, and not stored", async () => {
    for (const csrf of ["", "made-up"]) expect((await send({ zone }, { name: "a.csv", content: row(1) }, csrf)).status).toBe(403);
    expect(await waitingUploads()).toBe(0);
  });

  test("is refused when it is missing, empty, or of an unknown zone; the zone stays chosen", async () => {
    const missing = await send({ zone: "Europe/Paris" });
    expect(missing.status).toBe(422);
    expect(missing.html).toContain("Choose a file.");
    expect(missing.html).toMatch(/value="Europe\/Paris" selected/);
    expect((await send({ zone }, { name: "a.csv", content: "" })).html).toContain("This file is empty.");
    expect((await send({ zone: "Mars/Base" }, { name: "a.csv", content: row(1) })).status).toBe(422);
    expect(await waitingUploads()).toBe(0);
  });

  test("is read, and its page shows counts that add up; the same file again adds nothing", async () => {
    const content = [1, 2, 3].map(row).join("") + row(1);
    for (const expected of [
      { rated: 3, duplicates: 1 },
      { rated: 0, duplicates: 4 },
    ]) {
      const { status, location } = await send({ zone }, { name: "Master.csv", content });
      expect(status).toBe(303);
      const before = await client.page(location!);
      expect(before.html).toContain('hx-trigger="every 1s"');
      const fileId = location!.split("/").at(-1)!;
      const [name] = await readdir(uploadsIn(t.core.dataDir));
      expect((await stat(join(uploadsIn(t.core.dataDir), name!))).size).toBe(content.length);
      await importUpload(t.core, {
        providerId: seeded.providerId,
        fileId,
        path: join(uploadsIn(t.core.dataDir), name!),
        name: "Master.csv",
        zone,
      });
      await rateImport(t.core, seeded.providerId, fileId);
      await advance(t.core);
      expect(await waitingUploads()).toBe(0);
      const { html } = await client.page(location!);
      expect(html).not.toContain('hx-trigger="every 1s"');
      const facts = Object.fromEntries(
        [...html.matchAll(/<dt[^>]*>([^<]+)<\/dt><dd[^>]*>(\d+)<\/dd>/g)].map(([, label, count]) => [label, Number(count)]),
      );
      expect(facts).toEqual({
        Rated: expected.rated,
        Duplicates: expected.duplicates,
        "In quarantine": 0,
        "Discarded by a person": 0,
        "Not rated yet": 0,
        "Rows in": 4,
      });
    }
  });
});
