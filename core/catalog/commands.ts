import { addPlan } from "./add-plan.ts";
import { publishVersion } from "./publish-version.ts";

export const commands = [addPlan, publishVersion];
