// Who did what: every command with what it changed, newest first.
import { Hono } from "hono";
import { type AuditRow, auditList } from "../../read/audit/query.ts";
import { commands } from "../../registry.ts";
import type { AdminEnv } from "./env.ts";
import type { FiguresText } from "./figures.ts";
import { askFor, figuresOf, page, providersOf, route } from "./frame.ts";

export const auditPages = new Hono<AdminEnv>();

const actorKinds = { manager: "manager", "api-key": "API key", subscriber: "subscriber", system: "the installation" } as const;
const summaries = new Map(commands.map(({ name, summary }) => [name as string, summary]));

auditPages.get(
  "/audit",
  route({ permission: "audit:read" }, async (c) => {
    const asked = { command: c.req.query("command") ?? "", actor: c.req.query("actor") ?? "", after: c.req.query("after") };
    const { rows, next } = await askFor(c, auditList, {
      ...(summaries.has(asked.command) ? { command: asked.command } : {}),
      ...(asked.actor ? { actorId: asked.actor } : {}),
      ...(asked.after ? { after: asked.after } : {}),
    });
    const text = figuresOf(c);
    const names = new Map((await providersOf(c)).map(({ id, name }) => [id, name]));
    const href = (more: Record<string, string>) =>
      `/audit?${new URLSearchParams({ ...(asked.command ? { command: asked.command } : {}), ...(asked.actor ? { actor: asked.actor } : {}), ...more })}`;
    return page(c, {
      title: "Audit",
      section: "audit",
      view: "admin/audit/index",
      data: {
        rows: rows.map((row) => shownRow(row, names, text)),
        several: names.size > 1,
        asked,
        actorName: asked.actor ? (rows[0]?.actorName ?? "One actor") : "",
        commands: [{ value: "", label: "Everything" }, ...[...summaries.keys()].sort().map((name) => ({ value: name, label: name }))],
        withoutActor: asked.command ? `/audit?command=${asked.command}` : "/audit",
        next: next ? href({ after: next }) : null,
        first: asked.after ? href({}) : null,
      },
    });
  }),
);

const pretty = (value: unknown) =>
  value === null || value === undefined || JSON.stringify(value) === "{}" ? "" : JSON.stringify(value, null, 2);

const shownRow = (row: AuditRow, names: Map<number, string>, text: FiguresText) => ({
  id: row.id,
  when: text.dateTime(row.at, true),
  command: row.command,
  summary: summaries.get(row.command) ?? "",
  actor: row.actorName,
  actorKind: actorKinds[row.actorKind],
  actorHref: `/audit?actor=${encodeURIComponent(row.actorId)}`,
  provider: names.get(row.providerId) ?? "",
  details: [
    { label: "Asked", json: pretty(row.input) },
    { label: "Before", json: pretty(row.before) },
    { label: "After", json: pretty(row.after) },
  ].filter(({ json }) => json !== ""),
});
