// The portal must not outlive the supervisor that started it: its standard input closes with that one.
// Under `deno serve` this has to run in the main module; a preloaded one gets no event loop.

type Runtime = { readonly stdin: { readonly readable: ReadableStream<Uint8Array> }; exit(code: number): never };

/** Ends the process when standard input closes. Call it only when the supervisor started us (MB_SUPERVISED=1). */
export async function endWithParent(): Promise<void> {
  const runtime = (globalThis as { Deno?: Runtime }).Deno;
  if (!runtime) return;
  const reader = runtime.stdin.readable.getReader();
  try {
    while (!(await reader.read()).done);
  } catch {
    // A broken pipe says the same as a closed one.
  }
  runtime.exit(0);
}
