// Recorded data beside the repository (MB_FIXTURES, default ../shared/fixtures); tests that need it skip visibly without it.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const folder = process.env.MB_FIXTURES ?? resolve(import.meta.dir, "../../../shared/fixtures");

export const hasFixture = (path: string) => existsSync(join(folder, path));
export const readFixture = <T>(path: string): T => JSON.parse(readFileSync(join(folder, path), "utf8")) as T;
