// A form with one file, read as it arrives: the file goes to disk in pieces, so that its size costs no memory. RFC 7578, RFC 2046 §5.1.
import { open, unlink } from "node:fs/promises";
import { refuse } from "../../kernel/errors.ts";
import { RequestRefused } from "../errors.ts";

const MAX_FIELD_BYTES = 8192;
const MAX_FIELDS = 20;
const MAX_HEAD_BYTES = 4096;

export type Upload = { readonly fields: ReadonlyMap<string, string>; readonly fileName: string; readonly sizeBytes: number };

export type UploadOptions = {
  /** Where the file goes; taken away again when anything fails. */
  readonly path: string;
  readonly maxBytes: number;
  /** Called with the fields that stand before the file, before anything of it is stored; what it throws ends the upload. */
  readonly beforeFile: (fields: ReadonlyMap<string, string>) => void;
};

const CRLF = Buffer.from("\r\n");
const HEAD_END = Buffer.from("\r\n\r\n");

/**
 * Reads the request's fields and stores its one file. Without a file `fileName` is "". Rejects with request_malformed,
 * unsupported_media_type or file_too_large.
 */
export async function readUpload(request: Request, { path, maxBytes, beforeFile }: UploadOptions): Promise<Upload> {
  const boundary = /^multipart\/form-data\s*;.*?boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(
    request.headers.get("content-type") ?? "",
  );
  if (!boundary || !request.body) return refused("unsupported_media_type");
  const parts = new Parts(request.body.getReader(), Buffer.from(`\r\n--${boundary[1] ?? boundary[2]}`));
  const fields = new Map<string, string>();
  let fileName = "";
  let sizeBytes = 0;
  let stored = false;
  try {
    while (await parts.next()) {
      const head = await parts.head();
      const name = /\bname="([^"]*)"/i.exec(head)?.[1] ?? "";
      const file = /\bfilename="((?:[^"\\]|\\.)*)"/i.exec(head)?.[1];
      if (file === undefined) {
        if (fields.size >= MAX_FIELDS) refused("request_malformed");
        fields.set(name, await parts.text());
        continue;
      }
      beforeFile(fields);
      if (file === "") {
        await parts.skip();
        continue;
      }
      if (stored) refused("request_malformed", "Send one file at a time.");
      fileName = file.replaceAll("%22", '"').split(/[/\\]/).at(-1)!;
      stored = true;
      sizeBytes = await store(parts, path, maxBytes);
    }
    return { fields, fileName, sizeBytes };
  } catch (error) {
    if (stored) await unlink(path).catch(() => {});
    await parts.cancel();
    throw error;
  }
}

async function store(parts: Parts, path: string, maxBytes: number): Promise<number> {
  const file = await open(path, "wx", 0o600);
  let written = 0;
  try {
    for await (const piece of parts.body()) {
      written += piece.length;
      if (written > maxBytes) refused("file_too_large", `The most is ${maxBytes} bytes.`);
      // One call may write less than it was given, as on a disk that is nearly full.
      for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten;
    }
  } finally {
    await file.close();
  }
  return written;
}

function refused(code: "request_malformed" | "unsupported_media_type" | "file_too_large", detail?: string): never {
  throw new RequestRefused(refuse(code, detail === undefined ? {} : { detail }));
}

/** Walks along the parts of a body; keeps no more than a piece of the stream and the length of a delimiter. */
class Parts {
  // The first delimiter may begin the body: a line end before it makes it like all others.
  #buffer: Buffer = CRLF;
  #ended = false;

  constructor(
    readonly reader: { read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>; cancel(): Promise<void> },
    readonly delimiter: Buffer,
  ) {}

  cancel(): Promise<void> {
    return this.reader.cancel().catch(() => {});
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const { done, value } = await this.reader.read();
    if (done || !value) {
      this.#ended = true;
      return false;
    }
    this.#buffer =
      this.#buffer.length === 0 ? Buffer.from(value.buffer, value.byteOffset, value.length) : Buffer.concat([this.#buffer, value]);
    return true;
  }

  /** Goes past the next delimiter; false when it was the last one. */
  async next(): Promise<boolean> {
    await this.skip();
    this.#buffer = this.#buffer.subarray(this.delimiter.length);
    while (this.#buffer.length < 2) if (!(await this.#more())) refused("request_malformed");
    return this.#buffer.toString("latin1", 0, 2) !== "--";
  }

  async head(): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf(HEAD_END);
      if (end >= 0) {
        const head = this.#buffer.toString("utf8", 0, end);
        this.#buffer = this.#buffer.subarray(end + HEAD_END.length);
        return head;
      }
      if (this.#buffer.length > MAX_HEAD_BYTES || !(await this.#more())) refused("request_malformed");
    }
  }

  async text(): Promise<string> {
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of this.body()) {
      length += piece.length;
      if (length > MAX_FIELD_BYTES) refused("request_malformed");
      pieces.push(Buffer.from(piece));
    }
    return Buffer.concat(pieces).toString("utf8");
  }

  async skip(): Promise<void> {
    for await (const _ of this.body());
  }

  /** The bytes up to the next delimiter, which stays at the front of the buffer. */
  async *body(): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#buffer.indexOf(this.delimiter);
      if (at >= 0) {
        if (at > 0) yield this.#buffer.subarray(0, at);
        this.#buffer = this.#buffer.subarray(at);
        return;
      }
      const safe = this.#buffer.length - this.delimiter.length;
      if (safe > 0) {
        yield this.#buffer.subarray(0, safe);
        this.#buffer = this.#buffer.subarray(safe);
      }
      if (!(await this.#more())) refused("request_malformed", "The upload was cut off.");
    }
  }
}
