// What subscribers would pay as a plan was tried, one row each, in the order of their numbers. Nothing of it is in the ledger.
import type { RawTx } from "../../db/client.ts";
import type { SimulationRequest } from "./export-kinds.ts";
import { CHUNK_ROWS, ExportRefused, type ExportScope, type ExportSource, providerOf } from "./export-source.ts";
import type { Column, Row } from "./xlsx/workbook.ts";

type Run = {
  plan: string;
  services_of: string;
  version: number | null;
  revision: number | null;
  period_from: string;
  period_to: string;
  currency: string;
  state: string;
};
const AMOUNTS = ["old_micros", "old_tax_micros", "new_micros", "new_tax_micros", "difference_micros"] as const;
type Amounts = Record<(typeof AMOUNTS)[number], string>;
type SubscriberRow = Amounts & { number: string; name: string; group_name: string; records: string; unpriced: string };

const columnsIn = (currency: string): Column[] => [
  { header: "Subscriber no.", kind: "integer", width: 14 },
  { header: "Subscriber", kind: "text", width: 28 },
  { header: "Group", kind: "text", width: 18 },
  { header: "Records", kind: "integer", width: 10 },
  { header: "Without a price as tried", kind: "integer", width: 14 },
  { header: `Now, net, ${currency}`, kind: "money", width: 16 },
  { header: "Now, tax", kind: "money", width: 16 },
  { header: "Tried, net", kind: "money", width: 16 },
  { header: "Tried, tax", kind: "money", width: 16 },
  { header: "Difference with tax", kind: "money", width: 18 },
];

/** Call it inside a transaction that sees one snapshot and `scope.providerId`. */
export async function simulationResults(
  t: RawTx,
  { providerId, groupIds }: ExportScope,
  { runId }: SimulationRequest,
): Promise<ExportSource> {
  const provider = await providerOf(t, providerId);
  const [run] = await t<Run[]>`
    select p.name as plan, q.name as services_of, r.version, r.revision, r.period_from::text, (r.period_to - 1)::text as period_to, r.currency, r.state
    from app.simulations r
    join app.plans p on p.provider_id = r.provider_id and p.id = r.plan_id
    join app.plans q on q.provider_id = r.provider_id and q.id = r.services_of
    where r.provider_id = ${providerId} and r.id = ${runId}`;
  if (run?.state !== "done") throw new ExportRefused("The simulation isn't done.");
  const mine = t`
    from app.simulation_accounts a join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
    join app.subscriber_groups g on g.provider_id = s.provider_id and g.id = s.group_id
    where a.provider_id = ${providerId} and a.run_id = ${runId} ${groupIds === null ? t`` : t`and s.group_id = any(${groupIds as string[]}::uuid[])`}`;
  const [count] = await t<{ n: string }[]>`select count(distinct s.id)::text as n ${mine}`;
  const sums = new Map(AMOUNTS.map((name) => [name, 0n]));

  async function* rows() {
    const found = t<SubscriberRow[]>`
      select s.number::text as number, s.name, g.name as group_name, sum(a.records)::text as records, sum(a.unpriced)::text as unpriced, sum(a.old_micros)::text as old_micros,
        sum(a.old_tax_micros)::text as old_tax_micros, sum(a.new_micros)::text as new_micros, sum(a.new_tax_micros)::text as new_tax_micros,
        sum(a.difference_micros)::text as difference_micros
      ${mine} group by s.number, s.name, g.name order by s.number`;
    for await (const chunk of found.cursor(CHUNK_ROWS)) {
      for (const row of chunk) for (const name of AMOUNTS) sums.set(name, sums.get(name)! + BigInt(row[name]));
      yield chunk.map(cellsOf);
    }
  }

  return {
    fileName: `simulation_${run.period_from}_${run.period_to}.xlsx`,
    sheetName: "Subscribers",
    columns: columnsIn(run.currency),
    rowsTotal: Number(count!.n),
    extraRows: 0,
    about: [
      ["Provider", provider.name],
      ["What", "What subscribers would have paid. Nothing of it was charged"],
      ["Tried", run.version === null ? `Draft of ${run.plan}, revision ${run.revision}` : `${run.plan}, version ${run.version}`],
      ["Services on", run.services_of],
      ["From", run.period_from],
      ["To", `${run.period_to} (included)`],
      ["Time zone", provider.zone],
    ],
    rows,
    totals: () => [["Total", null, null, null, null, ...sums.values()]],
    // The ledger knows nothing of it.
    control: async () => [],
  };
}

const cellsOf = (row: SubscriberRow): Row => [
  ...[BigInt(row.number), row.name, row.group_name, BigInt(row.records), BigInt(row.unpriced)],
  ...AMOUNTS.map((name) => BigInt(row[name])),
];
