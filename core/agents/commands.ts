import { registerAgent } from "./register-agent.ts";
import { revokeAgent } from "./revoke-agent.ts";

export const commands = [registerAgent, revokeAgent];
