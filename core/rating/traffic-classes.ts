// The class of traffic by its far end: a look-up among tens of thousands of IP prefixes, once per record.
import type { TrafficClass } from "../catalog/document/usage.ts";
import { type IpNumber, type IpRange, parseIp, parseIpPrefix } from "../kernel/ip-prefix.ts";
import type { TrafficFact } from "./usage.ts";

export const WORLD = "world";

/** Answers the code of the first class that the far end is in, "world" for none. What the collector has decided stays. */
export function compileTrafficClasses(classes: readonly TrafficClass[]): (fact: TrafficFact) => string {
  const compiled = classes.map(({ code, prefixes, ports }) => ({
    code,
    ports,
    contains: prefixes.length > 0 && compilePrefixes(prefixes),
  }));
  return ({ trafficClass, remote }) => {
    if (trafficClass !== undefined) return trafficClass;
    const address = remote && parseIp(remote.address);
    const found = compiled.find(
      ({ ports, contains }) =>
        (!contains || (address !== undefined && contains(address))) && (ports.length === 0 || isOfPorts(ports, remote)),
    );
    return found?.code ?? WORLD;
  };
}

function isOfPorts(ports: TrafficClass["ports"], remote: TrafficFact["remote"]): boolean {
  const { port, protocol } = remote ?? {};
  if (port === undefined) return false;
  return ports.some((one) => one.from <= port && port <= one.to && (one.protocol === undefined || one.protocol === protocol));
}

function compilePrefixes(prefixes: readonly string[]): (address: IpNumber) => boolean {
  const ranges = prefixes.flatMap((prefix) => parseIpPrefix(prefix) ?? []);
  const v4 = joined(ranges.filter(({ first }) => typeof first === "number"));
  const v6 = joined(ranges.filter(({ first }) => typeof first === "bigint"));
  return (address) => {
    const { firsts, lasts } = typeof address === "number" ? v4 : v6;
    let [low, high] = [0, firsts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((firsts[middle] as IpNumber) <= address) low = middle + 1;
      else high = middle;
    }
    return low > 0 && address <= (lasts[low - 1] as IpNumber);
  };
}

/** In ascending order, without overlaps, so that one binary search finds the only candidate. */
function joined(ranges: readonly IpRange[]): { firsts: IpNumber[]; lasts: IpNumber[] } {
  const [firsts, lasts]: [IpNumber[], IpNumber[]] = [[], []];
  for (const { first, last } of ranges.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))) {
    const before = lasts.at(-1);
    if (before === undefined || first > before) {
      firsts.push(first);
      lasts.push(last);
    } else if (last > before) lasts[lasts.length - 1] = last;
  }
  return { firsts, lasts };
}
