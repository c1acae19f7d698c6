import { activateService } from "./activate-service.ts";
import { changePlan } from "./change-plan.ts";
import { terminateService } from "./terminate-service.ts";

export const commands = [activateService, changePlan, terminateService];
