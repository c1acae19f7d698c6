// IP addresses and prefixes as numbers, to compare them. IPv4 inside IPv6 (::ffff:192.0.2.1) is IPv4.

/** IPv4 is a number below 2^32, IPv6 a bigint below 2^128. */
export type IpNumber = number | bigint;
/** All addresses of a prefix; both ends are inside. */
export type IpRange = { readonly first: IpNumber; readonly last: IpNumber };

/** "192.0.2.1" or "2001:db8::1"; undefined for anything else. */
export function parseIp(text: string): IpNumber | undefined {
  if (!text.includes(":")) return parseIpv4(text);
  const value = parseIpv6(text);
  return value !== undefined && value >> 32n === 0xffffn ? Number(value & 0xffff_ffffn) : value;
}

/** "10.0.0.0/8" or "2001:db8::/32", also with bits set beyond the prefix; undefined for anything else. */
export function parseIpPrefix(text: string): IpRange | undefined {
  const [address = "", length = "", more] = text.split("/");
  if (more !== undefined || !/^\d{1,3}$/.test(length)) return undefined;
  const bits = Number(length);
  const value = address.includes(":") ? parseIpv6(address) : parseIpv4(address);
  if (value === undefined) return undefined;
  if (typeof value === "number") return bits > 32 ? undefined : rangeOf4(value, bits);
  if (bits > 128) return undefined;
  if (bits >= 96 && value >> 32n === 0xffffn) return rangeOf4(Number(value & 0xffff_ffffn), bits - 96);
  const size = 1n << BigInt(128 - bits);
  const first = (value / size) * size;
  return { first, last: first + size - 1n };
}

function rangeOf4(value: number, bits: number): IpRange {
  const size = 2 ** (32 - bits);
  const first = Math.floor(value / size) * size;
  return { first, last: first + size - 1 };
}

function parseIpv4(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((value, part) => value * 256 + Number(part), 0);
}

function parseIpv6(text: string): bigint | undefined {
  const [before = "", after, more] = text.split("::");
  if (more !== undefined) return undefined;
  const head = groupsOf(before, after === undefined);
  const tail = after === undefined ? [] : groupsOf(after, true);
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (after === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...new Array<number>(missing).fill(0), ...tail].reduce((value, group) => (value << 16n) | BigInt(group), 0n);
}

/** "2001:db8" → its groups; the last may be IPv4 in four parts. */
function groupsOf(text: string, ends: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    const v4 = ends && index === parts.length - 1 && part.includes(".") ? parseIpv4(part) : undefined;
    if (v4 !== undefined) groups.push(Math.floor(v4 / 65_536), v4 % 65_536);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}
