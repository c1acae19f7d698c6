// A database of its own for each test file: a clone of one migrated template, on the server that the test run started.
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import postgres from "postgres";
import type { Clock } from "../../core/kernel/clock.ts";
import { type Core, openCore } from "../../core/kernel/core.ts";
import { prepareQueues } from "../../core/kernel/job.ts";
import { jobs } from "../../core/registry.ts";
import { migrate, roleUrl } from "../../db/migrate.ts";

export const passwords = { app: "test-app", portal: "test-portal" };
export const testSecret = (label: string) => createHash("sha256").update(`test:${label}`).digest("hex");

export type TestDatabase = {
  readonly core: Core;
  /** Signed in as the server's administrator: sees everything, for looking behind the curtain only. */
  readonly admin: postgres.Sql;
  readonly adminUrl: string;
  readonly appUrl: string;
  readonly portalUrl: string;
  close(): Promise<void>;
};

function serverUrl(): string {
  const url = process.env.MB_TEST_ADMIN_URL;
  if (!url) throw new Error("MB_TEST_ADMIN_URL is not set: run the tests with `npm test`, or one file with `npm test -- tests/<file>`.");
  return url;
}

export const databaseUrl = (name: string) => {
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  return url.href;
};

async function templateName(server: postgres.Sql): Promise<string> {
  const folder = new URL("../../db/migrations/", import.meta.url);
  const hash = createHash("sha256");
  for (const name of (await readdir(folder)).sort()) hash.update(await readFile(new URL(name, folder)));
  hash.update(jobs.map((job) => `${job.name} ${job.policy}`).join());
  const name = `mb_template_${hash.digest("hex").slice(0, 12)}`;
  await server.begin(async (t) => {
    await t`select pg_advisory_xact_lock(hashtext(${name}))`;
    const [known] = await t`select from pg_database where datname = ${name}`;
    if (known) return;
    const building = `${name}_building`;
    await server.unsafe(`drop database if exists ${building}`);
    await server.unsafe(`create database ${building}`);
    await migrate(databaseUrl(building), passwords);
    const core = await openCore({
      url: roleUrl(databaseUrl(building), "mb_app", passwords.app),
      name: "template",
      log: pino({ level: "silent" }),
      secret: testSecret,
      dataDir: "",
    });
    await prepareQueues(core.boss, jobs);
    await core.close();
    await server.unsafe(`alter database ${building} rename to ${name}`);
  });
  return name;
}

let counter = 0;

/** A fresh, migrated, empty database and a core connected to it as role mb_app. */
export async function testDatabase(options: { clock?: Clock; worker?: boolean } = {}): Promise<TestDatabase> {
  const server = postgres(serverUrl(), { max: 2, onnotice() {} });
  const template = await templateName(server);
  const name = `mb_test_${process.pid}_${++counter}_${Date.now().toString(36)}`;
  await server.unsafe(`create database ${name} template ${template}`);
  const adminUrl = databaseUrl(name);
  const appUrl = roleUrl(adminUrl, "mb_app", passwords.app);
  const portalUrl = roleUrl(adminUrl, "mb_portal", passwords.portal);
  const dataDir = await mkdtemp(join(tmpdir(), "mb-test-"));
  const core = await openCore({
    url: appUrl,
    name: "test",
    log: pino({ level: process.env.MB_TEST_LOG ?? "silent" }),
    secret: testSecret,
    dataDir,
    ...(options.clock ? { clock: options.clock } : {}),
    worker: options.worker ?? false,
  });
  const admin = postgres(adminUrl, { max: 2, onnotice() {}, connection: { TimeZone: "UTC" } });
  const close = async () => {
    await core.close();
    await admin.end();
    await server.unsafe(`drop database if exists ${name} with (force)`);
    await server.end();
    await rm(dataDir, { recursive: true, force: true });
  };
  return { core, admin, adminUrl, appUrl, portalUrl, close };
}
