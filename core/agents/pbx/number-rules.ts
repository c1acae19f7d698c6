// How a PBX's own way of writing numbers becomes the provider's: dial prefixes cut, country codes added, contexts that mean "incoming".
import * as v from "valibot";

const prefix = v.pipe(v.string(), v.maxLength(32));
const rewrite = v.strictObject({
  /** The number begins with this; of several rules the longest wins. */
  prefix,
  /** What stands there instead. */
  replaceWith: prefix,
  /** The rule holds only for numbers of this many characters. */
  length: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(80))),
});
const rewrites = v.optional(v.pipe(v.array(rewrite), v.maxLength(1000)), []);

export const numberRulesSchema = v.strictObject({
  /** Dialplan contexts whose calls come from outside. */
  inboundContexts: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(80))), v.maxLength(200)), []),
  source: rewrites,
  destination: rewrites,
});
export type NumberRules = v.InferOutput<typeof numberRulesSchema>;
export type Rewrite = v.InferOutput<typeof rewrite>;

export const noNumberRules: NumberRules = { inboundContexts: [], source: [], destination: [] };

/** The number as the longest matching rule writes it; unchanged when none matches. */
export function rewriteNumber(number: string, rules: readonly Rewrite[]): string {
  let best: Rewrite | undefined;
  for (const rule of rules) {
    if (!number.startsWith(rule.prefix) || (rule.length !== undefined && rule.length !== number.length)) continue;
    if (best === undefined || rule.prefix.length > best.prefix.length) best = rule;
  }
  return best === undefined ? number : best.replaceWith + number.slice(best.prefix.length);
}
