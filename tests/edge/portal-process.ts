// The portal as it really runs: a Deno process with the rights and the environment that the supervisor gives it.
import { join } from "node:path";
import { portalCommand, portalEnvironment } from "../../edge/command.ts";

export const projectDir = join(import.meta.dirname, "..", "..");
export const deno = join(projectDir, "node_modules", "deno", process.platform === "win32" ? "deno.exe" : "deno");

export async function freePort(): Promise<number> {
  const probe = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port } = probe;
  await probe.stop(true);
  return port!;
}

/** Starts it and waits until it answers. Its standard input is ours: closed, the portal ends. */
export async function startPortal(options: { databaseUrl: string; coreUrl: string; secret: string; env?: Record<string, string> }) {
  const port = await freePort();
  const start = { ...options, deno, projectDir, host: "127.0.0.1", port };
  const child = Bun.spawn(portalCommand(start), {
    cwd: projectDir,
    env: {
      PATH: process.env.PATH ?? "",
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
      MB_SUPERVISED: "1",
      ...portalEnvironment(start),
      ...options.env,
    },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  let output = "";
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) output += decoder.decode(chunk, { stream: true });
  };
  void collect(child.stdout);
  void collect(child.stderr);
  const url = `http://127.0.0.1:${port}`;
  const until = performance.now() + 20_000;
  while (child.exitCode === null && performance.now() < until) {
    const answer = await fetch(`${url}/sign-in`).catch(() => undefined);
    if (answer?.ok) break;
    await answer?.body?.cancel();
    await Bun.sleep(50);
  }
  return { url, child, output: () => output };
}
