// What one plan says that another doesn't, in the words of both: how a draft differs from the version it follows. Decks are compared line by line elsewhere.
import type { PlanWords } from "./plan-in-words.ts";

/** One of the two is missing where something is new, or gone. */
export type PlanChange = { readonly section: string; readonly name: string; readonly before?: string; readonly after?: string };

export function planChanges(before: PlanWords, after: PlanWords): PlanChange[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  const changed = [...now].flatMap(([key, line]) => {
    const was = old.get(key);
    if (was?.text === line.text) return [];
    return [{ section: line.section, name: line.name, ...(was ? { before: was.text } : {}), after: line.text }];
  });
  const gone = [...old].flatMap(([key, { section, name, text }]) => (now.has(key) ? [] : [{ section, name, before: text }]));
  return [...changed, ...gone];
}

type Line = { readonly section: string; readonly name: string; readonly text: string };

/** Lines by their section and name. Sentences without a name are themselves: one that changes is gone, and another is new. */
function linesOf({ sections }: PlanWords): Map<string, Line> {
  const found = new Map<string, Line>();
  for (const { key, title, lines } of sections) {
    if (key === "rates") continue;
    for (const { name = "", text } of lines) {
      const plain = `${key} ${name || text}`;
      // Two fees may have one name.
      let unique = plain;
      for (let n = 2; found.has(unique); n++) unique = `${plain} ${n}`;
      found.set(unique, { section: title, name, text });
    }
  }
  return found;
}
