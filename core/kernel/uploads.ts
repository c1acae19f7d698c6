// Files that were sent and wait to be read: shared by the processes of one machine.
import { join } from "node:path";
import * as v from "valibot";

export const uploadsIn = (dataDir: string) => join(dataDir, "uploads");

/** Name of a file inside the uploads folder. */
export const uploadField = v.pipe(v.string(), v.regex(/^[\w-]{1,64}\.upload$/, "must be the name of an upload"));
