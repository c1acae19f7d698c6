import { addManager } from "./add-manager.ts";
import { changeManager } from "./change-manager.ts";
import { changeOwnPassword } from "./change-own-password.ts";
import { createApiKey } from "./create-api-key.ts";
import { defineRole } from "./define-role.ts";
import { revokeApiKey } from "./revoke-api-key.ts";
import { setPassword } from "./set-password.ts";
import { setUp } from "./set-up.ts";

export const commands = [setUp, addManager, changeManager, setPassword, changeOwnPassword, defineRole, createApiKey, revokeApiKey];
