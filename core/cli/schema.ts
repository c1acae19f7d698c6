// `mb schema plan`: the JSON Schema of a document, for an editor that checks while one types.
import { planJsonSchema } from "../catalog/plan-document.ts";
import { usageJsonSchema } from "../rating/quote-document.ts";
import { defineSubcommand, usageProblem } from "./command-line.ts";

const documents = { plan: planJsonSchema, usage: usageJsonSchema } as const;

export const subcommand = defineSubcommand({
  name: "schema",
  summary: "Print the JSON Schema of a document that `mb` reads",
  usage: `schema (${Object.keys(documents).join(" | ")})`,
  options: {},
  run(ctx, { positionals }) {
    const [name = ""] = positionals;
    if (positionals.length !== 1 || !Object.hasOwn(documents, name))
      throw usageProblem(`schema: name one document of: ${Object.keys(documents).join(", ")}`);
    ctx.out(JSON.stringify(documents[name as keyof typeof documents](), null, 2));
    return 0;
  },
});
