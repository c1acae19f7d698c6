import { addPartner } from "./add-partner.ts";

export const commands = [addPartner];
