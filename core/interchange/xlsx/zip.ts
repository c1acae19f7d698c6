// A ZIP file made entry by entry: what is packed is kept, what it was packed from never is, so a large sheet needs little memory.
import { crc32, createDeflateRaw } from "node:zlib";

export type ZipEntry = { readonly name: string; readonly crc: number; readonly size: number; readonly packed: Uint8Array };

/** Packs pieces of text as they come. */
export async function packEntry(name: string, pieces: AsyncIterable<string> | Iterable<string>): Promise<ZipEntry> {
  const deflate = createDeflateRaw({ level: 6 });
  const chunks: Uint8Array[] = [];
  let [crc, size] = [0, 0];
  const ended = new Promise<void>((settle, fail) => {
    deflate.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    deflate.on("end", settle);
    deflate.on("error", fail);
  });
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece, "utf8");
    crc = crc32(bytes, crc);
    size += bytes.length;
    if (!deflate.write(bytes)) await new Promise<void>((settle) => deflate.once("drain", () => settle()));
  }
  deflate.end();
  await ended;
  if (size > 0xffff_fffe) throw new RangeError(`${name} has 4 GiB or more: the format can't say so`);
  return { name, crc, size, packed: Buffer.concat(chunks) };
}

// 1 January 1980, the first day the format knows: equal content gives equal files.
const DOS_DATE = 0x0021;
const UTF8_NAMES = 0x0800;
const DEFLATED = 8;

/** The whole file (APPNOTE 6.3.10, no ZIP64). Sizes stand in each entry's own header, which some readers need. */
export function zipFile(entries: readonly ZipEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name, "utf8");
    const common = commonHeader(entry, name.length);
    const local = Buffer.concat([signature(0x04034b50), common, name]);
    parts.push(local, entry.packed);
    const central = Buffer.alloc(14); // no comment, first disk, no attributes
    central.writeUInt32LE(offset, 10);
    directory.push(signature(0x02014b50), uint16(20), common, central, name);
    offset += local.length + entry.packed.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}

/** From "version needed" to the length of the extra field: the same in both headers. */
function commonHeader({ crc, size, packed }: ZipEntry, nameLength: number): Buffer {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(20, 0);
  header.writeUInt16LE(UTF8_NAMES, 2);
  header.writeUInt16LE(DEFLATED, 4);
  header.writeUInt16LE(0, 6);
  header.writeUInt16LE(DOS_DATE, 8);
  header.writeUInt32LE(crc >>> 0, 10);
  header.writeUInt32LE(packed.length, 14);
  header.writeUInt32LE(size, 18);
  header.writeUInt16LE(nameLength, 22);
  return header;
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
