// Waits for what the worker does in its own process.
import type postgres from "postgres";
import { projections } from "../../core/read/projections.ts";

/** Until every batch is rated, or until the read models have every figure too. */
export async function until(admin: postgres.Sql, what: "rated" | "read"): Promise<void> {
  for (;;) {
    // Not through read.freshness: its owner is under row-level security and sees nothing from here.
    const [row] = await admin`select not exists (select from app.usage_inbox where processed_at is null) as rated,
      (select count(*) from app.projection_cursors) = ${projections.length}
      and not exists (select from app.events e where (e.xid, e.position) > (select c.xid, c.position from app.projection_cursors c order by c.xid, c.position limit 1)) as read`;
    if (row!.rated && (what === "rated" || row!.read)) return;
    await Bun.sleep(10);
  }
}
