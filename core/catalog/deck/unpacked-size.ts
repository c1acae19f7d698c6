// How large a ZIP file is unpacked: first as its directory says, then as it is, entry by entry and never further than it said. A bomb is
// refused before a library that trusts it unpacks it. APPNOTE 6.3.10, 4.3.7 and 4.3.12.
import { inflateRawSync } from "node:zlib";

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const DEFLATED = 8;

type Entry = { readonly packed: Uint8Array; readonly deflated: boolean; readonly sizeBytes: number };

/** Its entries as the directory has them; undefined for what isn't a whole ZIP file, is split, or needs ZIP64. */
export function entriesOf(bytes: Uint8Array): Entry[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  const last = Math.max(0, end - 65_535);
  while (end >= last && view.getUint32(end, true) !== END) end--;
  if (end < last || end < 0) return undefined;
  const entries: Entry[] = [];
  let at = view.getUint32(end + 16, true);
  for (let i = view.getUint16(end + 10, true); i > 0; i--) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== ENTRY) return undefined;
    const [packedSize, sizeBytes, local] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true), view.getUint32(at + 42, true)];
    if (local + 30 > bytes.length) return undefined;
    const from = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    if (from + packedSize > bytes.length) return undefined;
    entries.push({ packed: bytes.subarray(from, from + packedSize), deflated: view.getUint16(at + 10, true) === DEFLATED, sizeBytes });
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

/** Whether an entry has the size that the directory says. */
export function isHonest({ packed, deflated, sizeBytes }: Entry): boolean {
  if (!deflated) return packed.length === sizeBytes;
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(sizeBytes, 1) }).length === sizeBytes;
  } catch {
    return false;
  }
}
