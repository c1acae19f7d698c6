// Managers and roles as the commands load them, inside one provider.
import { and, eq } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import { managerSessions, managers, roles } from "../../db/schema/rights.ts";

export async function roleById(tx: Tx, providerId: number, id: string) {
  const [row] = await tx
    .select()
    .from(roles)
    .where(and(eq(roles.providerId, providerId), eq(roles.id, id)));
  return row;
}

export async function managerById(tx: Tx, providerId: number, id: string) {
  const [row] = await tx
    .select()
    .from(managers)
    .where(and(eq(managers.providerId, providerId), eq(managers.id, id)));
  return row;
}

/** Locked against a second change at the same time. */
export async function managerForUpdate(tx: Tx, providerId: number, id: string) {
  const [row] = await tx
    .select()
    .from(managers)
    .where(and(eq(managers.providerId, providerId), eq(managers.id, id)))
    .for("update");
  return row;
}

export async function endSessionsOf(tx: Tx, providerId: number, managerId: string): Promise<void> {
  await tx.delete(managerSessions).where(and(eq(managerSessions.providerId, providerId), eq(managerSessions.managerId, managerId)));
}
