import { assignIdentifier } from "./assign-identifier.ts";
import { chargePartner } from "./charge-partner.ts";
import { endIdentifier } from "./end-identifier.ts";

export const commands = [assignIdentifier, endIdentifier, chargePartner];
