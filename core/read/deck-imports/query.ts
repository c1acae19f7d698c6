// How is a price list read into a draft, and what is wrong with it?
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { idField, providersIn } from "../input.ts";
import { afterField, limitField, numberPart, pageOf } from "../page.ts";
import { rows } from "../rows.ts";

type ImportRow = {
  providerId: number;
  importId: string;
  planId: string;
  revision: number;
  name: string;
  upload: string;
  sizeBytes: number;
  state: "offered" | "waiting" | "reading" | "done" | "failed";
  reading: unknown;
  linesDone: number;
  linesTotal: number | null;
  result: { lines: number; rates: number; days: { from: string; lines: number }[] } | null;
  mistakesTotal: number;
  problem: string | null;
  requestedBy: string;
  requestedAt: string;
  finishedAt: string | null;
};
export type ImportMistake = { readonly number: number; readonly line: number; readonly column: string; readonly message: string };

/** `rows`: its mistakes, in the order of lines. */
export const plansDeckImport = defineQuery({
  name: "plans.deck-import",
  summary: "A price list that was offered for a draft, with its progress and every mistake",
  permission: "plans:write",
  level: "provider",
  input: v.object({ importId: idField, after: afterField(numberPart), limit: limitField }),
  async run({ tx, scope }, { importId, after, limit }) {
    const [found] = await rows<ImportRow>(
      tx,
      sql`select provider_id, id as import_id, plan_id, revision, name, upload, size_bytes, state, reading, lines_done, lines_total, result,
            coalesce(jsonb_array_length(mistakes), 0) as mistakes_total, problem, requested_by, requested_at, finished_at
          from app.deck_imports where provider_id = any(${providersIn(scope)}) and id = ${importId}`,
    );
    if (!found) return refuse("not_found");
    const mistakes = await rows<ImportMistake>(
      tx,
      sql`select m.n::int as number, (m.j ->> 'line')::int as line, m.j ->> 'column' as column, m.j ->> 'message' as message
          from app.deck_imports i, jsonb_array_elements(coalesce(i.mistakes, '[]')) with ordinality m (j, n)
          where i.provider_id = ${found.providerId} and i.id = ${importId} and m.n > ${after?.[0] ?? "0"}::bigint order by m.n limit ${limit + 1}`,
    );
    return accept({ ...found, ...pageOf(mistakes, limit, ({ number }) => [number]) });
  },
});
