// Which usage a component or a bundle is about: every condition that it names must hold.
import type { Where } from "../catalog/document/usage.ts";
import { compilePrefixTable } from "./prefix-table.ts";
import type { Attributes, TrafficFact, UsageFact } from "./usage.ts";

/** What conditions ask beside the fact itself; worked out at most once for a fact. */
export type Asked = {
  readonly fact: UsageFact;
  /** Of the service; the fact's own go before them. */
  readonly attributes: Attributes;
  /** The heaviest time band that holds when it begins. */
  readonly band: () => string | undefined;
  readonly trafficClass: (fact: TrafficFact) => string;
};
export type Condition = (asked: Asked) => boolean;

export function compileWhere({ of, where }: { readonly of: UsageFact["kind"]; readonly where: Where }): Condition {
  const conditions = [...conditionsOf(where)];
  return (asked) => asked.fact.kind === of && conditions.every((holds) => holds(asked));
}

function* conditionsOf({ direction, prefixes, trunks, types, classes, bands, attributes }: Where): Generator<Condition> {
  if (direction) yield ({ fact }) => "direction" in fact && fact.direction === direction;
  if (trunks) yield ({ fact }) => fact.kind === "call" && fact.trunk !== undefined && trunks.includes(fact.trunk);
  if (types) yield ({ fact }) => fact.kind === "event" && types.includes(fact.type);
  if (attributes) {
    const wanted = Object.entries(attributes);
    yield (asked) =>
      wanted.every(([name, value]) => {
        const has = attributeOf(asked, name);
        return has !== undefined && (typeof value === "string" ? has === value : value.includes(has));
      });
  }
  if (bands)
    yield ({ band }) => {
      const holds = band();
      return holds !== undefined && bands.includes(holds);
    };
  if (prefixes) {
    const table = compilePrefixTable(prefixes);
    yield ({ fact }) => "destination" in fact && table.find(fact.destination) >= 0;
  }
  if (classes) yield ({ fact, trafficClass }) => fact.kind === "traffic" && classes.includes(trafficClass(fact));
}

function attributeOf({ fact, attributes }: Asked, name: string): string | undefined {
  if (fact.attributes && Object.hasOwn(fact.attributes, name)) return fact.attributes[name];
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}
