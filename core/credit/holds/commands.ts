import { authoriseSessions } from "../authorise/authorise-sessions.ts";
import { releaseHold } from "./release-hold.ts";

export const commands = [authoriseSessions, releaseHold];
