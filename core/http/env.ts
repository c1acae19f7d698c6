// What every handler behind the door finds in its context.
import type { Core } from "../kernel/core.ts";

export type HttpEnv = {
  Bindings: {
    /** Address of whoever holds the connection; a proxy's when one stands in front. Absent in tests. */
    readonly address?: string;
  };
  Variables: { core: Core; requestId: string };
};
