// Reads a JSON body from somebody we don't trust yet: bounded in bytes (before and after unpacking) and in depth.
import { RequestRefused, reject } from "../errors.ts";

export type BodyLimits = {
  /** Most bytes of JSON, after unpacking. */
  readonly bytes: number;
  /** Most bytes on the wire; default the same. */
  readonly wireBytes?: number;
  /** Deepest nesting of arrays and objects. */
  readonly depth: number;
};

export const API_LIMITS: BodyLimits = { bytes: 8 * 1024 ** 2, depth: 32 };
export const USAGE_LIMITS: BodyLimits = { bytes: 64 * 1024 ** 2, wireBytes: 32 * 1024 ** 2, depth: 8 };

const packings = { gzip: "gzip", "x-gzip": "gzip", zstd: "zstd" } as const;

/**
 * The body as JSON; `{}` when there is none. Content-Encoding may be gzip or zstd.
 * Rejects with unsupported_media_type, request_too_large or request_malformed.
 */
export async function readJson(request: Request, limits: BodyLimits): Promise<unknown> {
  const bytes = await readBounded(request, limits);
  if (bytes.length === 0) return {};
  const type = (request.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  if (type !== "application/json" && !/^application\/[\w.-]+\+json$/.test(type)) return reject("unsupported_media_type");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return reject("request_malformed", { detail: "The body isn't UTF-8." });
  }
  if (depthOf(text, limits.depth) > limits.depth)
    return reject("request_malformed", { detail: `The body is nested deeper than ${limits.depth} levels.` });
  try {
    return JSON.parse(text);
  } catch {
    return reject("request_malformed", { detail: "The body isn't JSON." });
  }
}

/** The body's bytes, unpacked; no more of them are ever held than `limits` says, whatever its Content-Length claims. */
export async function readBounded(request: Request, { bytes, wireBytes = bytes }: BodyLimits): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > wireBytes) return tooLarge(wireBytes);
  if (!request.body) return new Uint8Array();
  const wire = counted(request.body, wireBytes);
  const encoding = (request.headers.get("content-encoding") ?? "identity").trim().toLowerCase();
  if (encoding === "identity" || encoding === "") return collect(wire);
  const packing = Object.hasOwn(packings, encoding) ? packings[encoding as keyof typeof packings] : undefined;
  if (!packing) return reject("unsupported_media_type", { detail: "Content-Encoding may be gzip or zstd." });
  try {
    const unpacked = wire.pipeThrough(
      new DecompressionStream(packing as CompressionFormat) as ReadableWritablePair<Uint8Array, Uint8Array>,
    );
    return await collect(counted(unpacked, bytes));
  } catch (error) {
    if (error instanceof RequestRefused) throw error;
    return reject("request_malformed", { detail: `The body isn't ${encoding}.` });
  }
}

class TooLarge extends Error {
  constructor(readonly limit: number) {
    super("too large");
  }
}

const tooLarge = (limit: number) => reject("request_too_large", { detail: `The body has more than ${limit} bytes.`, limitBytes: limit });

function counted(stream: ReadableStream<Uint8Array>, limit: number): ReadableStream<Uint8Array> {
  let seen = 0;
  return stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        seen += chunk.length;
        if (seen > limit) controller.error(new TooLarge(limit));
        else controller.enqueue(chunk);
      },
    }),
  );
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk);
  } catch (error) {
    if (error instanceof TooLarge) return tooLarge(error.limit);
    throw error;
  }
  return Buffer.concat(chunks);
}

/** How deep brackets nest outside strings, counted without parsing: a parser may recurse, this doesn't. Stops above `enough`. */
export function depthOf(text: string, enough: number): number {
  let [depth, deepest] = [0, 0];
  for (let i = 0; i < text.length && deepest <= enough; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x22) i = endOfString(text, i);
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x7d || code === 0x5d) depth--;
  }
  return deepest;
}

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== 0x22) i += text.charCodeAt(i) === 0x5c ? 2 : 1;
  return i;
}
