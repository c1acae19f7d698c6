import { assignIdentifier } from "./assign-identifier.ts";
import { endIdentifier } from "./end-identifier.ts";

export const commands = [assignIdentifier, endIdentifier];
