// How large a ZIP file says that it is unpacked, read from its directory alone: a bomb is refused before anything of it is unpacked. APPNOTE 6.3.10, 4.3.12.

const END = 0x06054b50;
const ENTRY = 0x02014b50;

/** Sum of the entries' sizes, and how many there are; undefined for what isn't a whole ZIP file, is split, or needs ZIP64. */
export function unpackedSize(bytes: Uint8Array): { readonly entries: number; readonly sizeBytes: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  const last = Math.max(0, end - 65_535);
  while (end >= last && view.getUint32(end, true) !== END) end--;
  if (end < last || end < 0) return undefined;
  const entries = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  let sizeBytes = 0;
  for (let i = 0; i < entries; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== ENTRY) return undefined;
    const size = view.getUint32(at + 24, true);
    if (size === 0xffff_ffff) return undefined;
    sizeBytes += size;
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return { entries, sizeBytes };
}
