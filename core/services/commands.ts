import { activateService } from "./activate-service.ts";
import { changeAttributes } from "./change-attributes.ts";
import { changePlan } from "./change-plan.ts";
import { terminateService } from "./terminate-service.ts";

export const commands = [activateService, changeAttributes, changePlan, terminateService];
