import { acceptUsage } from "./accept-usage.ts";
import { discardUsage } from "./discard-usage.ts";

export const commands = [acceptUsage, discardUsage];
