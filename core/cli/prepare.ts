// What a database needs before a role may use it: the migrations and the queues. Run at each start; does nothing when nothing is missing.
import { migrate, roleUrl } from "../../db/migrate.ts";
import { type Core, openCore } from "../kernel/core.ts";
import { prepareQueues } from "../kernel/job.ts";
import type { Log } from "../kernel/log.ts";
import { derivedSecret, type SettingsWithSecret } from "../kernel/settings.ts";
import { jobs } from "../registry.ts";
import { rolePasswords } from "../supervisor/database.ts";

/** @returns the names of the migrations that were run */
export async function prepareDatabase(settings: SettingsWithSecret, adminUrl: string, log: Log): Promise<{ applied: string[] }> {
  const passwords = rolePasswords(settings);
  const result = await migrate(adminUrl, passwords);
  await withCore(settings, roleUrl(adminUrl, "mb_app", passwords.app), log, (core) => prepareQueues(core.boss, jobs));
  return result;
}

/** A core for as long as `use` takes, as role mb_app. */
export async function withCore<T>(settings: SettingsWithSecret, appUrl: string, log: Log, use: (core: Core) => Promise<T>): Promise<T> {
  const core = await openCore({
    url: appUrl,
    name: "mb",
    log,
    secret: (label) => derivedSecret(settings, label),
    dataDir: settings.dataDir,
    maxConnections: 4,
  });
  try {
    return await use(core);
  } finally {
    await core.close();
  }
}
