import { requestExport } from "./request-export.ts";

export const commands = [requestExport];
