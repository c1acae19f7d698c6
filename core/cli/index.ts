// The subcommands of `mb`. Each is loaded when it is asked for: a role starts without the code of the others.
import type { Subcommands } from "./command-line.ts";

export const subcommands: Subcommands = {
  start: () => import("./start.ts"),
  demo: () => import("./demo.ts"),
  migrate: () => import("./migrate.ts"),
  role: () => import("./role.ts"),
  portal: () => import("./portal.ts"),
  quote: () => import("./quote.ts"),
  schema: () => import("./schema.ts"),
  agent: () => import("./agent.ts"),
  import: () => import("./import.ts"),
  deck: () => import("./deck.ts"),
  verify: () => import("./verify.ts"),
  rebuild: () => import("./rebuild.ts"),
  export: () => import("./export.ts"),
  rerate: () => import("./rerate.ts"),
  "api-key": () => import("./api-key.ts"),
};
