// Sessions that have ended and failures that no longer count: taken away each night, so that the tables hold what is in use.
import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";
import { defineJob } from "../kernel/job.ts";
import { allProviderIds } from "../providers/tenants.ts";
import { forgetOldFailures } from "./throttle.ts";

export const forgetSignInsJob = defineJob({ name: "auth.forget-sign-ins", data: v.object({}), policy: "stately" });

/** Gives how many sessions were taken away. */
export async function forgetSignIns(core: Pick<Core, "db" | "clock">): Promise<number> {
  await forgetOldFailures(core);
  return inTenant(core.db, await allProviderIds(core.db), async (tx) => {
    const ended = await rawOf(tx)`delete from app.manager_sessions where expires_at < ${core.clock().toString()}::timestamptz`;
    return ended.count;
  });
}
