// Price lists for tests: as text, and as workbooks that the xlsx library writes.
import { mkdir } from "node:fs/promises";
import * as XLSX from "xlsx";
import { offerDeck } from "../../../core/catalog/deck/offer-deck.ts";
import { uploadPath } from "../../../core/catalog/deck/offered.ts";
import { startDraft } from "../../../core/catalog/start-draft.ts";
import type { Core } from "../../../core/kernel/core.ts";
import { uploadsIn } from "../../../core/kernel/uploads.ts";
import { done } from "../../support/operator.ts";
import { addTestPlan } from "../../support/sold.ts";

export const bytesOf = (text: string) => new TextEncoder().encode(text);

export function workbookOf(rows: readonly (readonly unknown[])[], name = "Rates"): Uint8Array {
  const book = XLSX.utils.book_new();
  XLSX.utils.book_append_sheet(book, XLSX.utils.aoa_to_sheet(rows as unknown[][], { cellDates: true }), name);
  return new Uint8Array(XLSX.write(book, { type: "array", bookType: "xlsx" }));
}

/** Text in windows-1251: the letters that differ from Latin are moved by hand. */
export const cp1251 = (text: string) =>
  Uint8Array.from([...text], (letter) => {
    const code = letter.codePointAt(0)!;
    const special: Record<string, number> = { і: 0xb3, ї: 0xbf, є: 0xba, І: 0xb2, Ї: 0xaf, Є: 0xaa };
    return code < 128 ? code : (special[letter] ?? code - 0x410 + 0xc0);
  });

let uploads = 0;
export async function upload(core: Core, bytes: Uint8Array): Promise<string> {
  await mkdir(uploadsIn(core.dataDir), { recursive: true });
  const name = `test-${++uploads}.upload`;
  await Bun.write(uploadPath(core, name), bytes);
  return name;
}

/** A plan with a draft, and the file offered for it. */
export async function offered(core: Core, bytes: Uint8Array, planId?: string) {
  const plan = planId ?? (await addTestPlan(core));
  const { revision } = await done(core, startDraft, { planId: plan });
  const file = { planId: plan, revision, name: "rates.csv", upload: await upload(core, bytes), sizeBytes: bytes.length };
  return { planId: plan, revision, ...(await done(core, offerDeck, file)) };
}

/** `lines` lines of a carrier's list: prefix, name, price, increment. */
export function longList(lines: number): string {
  const rows = Array.from(
    { length: lines },
    (_, i) => `${1_000_000 + i};Destination ${i % 900};${i % 97}.${String(i % 1000).padStart(4, "0")};60/1`,
  );
  return `Prefix;Destination;Price;Increment\n${rows.join("\n")}\n`;
}
