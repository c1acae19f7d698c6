// The door for programs that have an API key and are no agent: the same questions, the same answers.
import * as v from "valibot";
import { rawOf } from "../../../db/client.ts";
import { defineCommand } from "../../kernel/command.ts";
import { accept } from "../../kernel/errors.ts";
import { authoriseIn } from "./authorise.ts";
import { authorisationRequests } from "./request.ts";

export const authoriseSessions = defineCommand({
  name: "credit.authorise",
  summary: "Ask for sessions, calls and messages before they begin or go on: what the account can pay for is granted and held",
  permission: "credit:write",
  level: "provider",
  input: v.strictObject({ requests: authorisationRequests }),
  async run({ tx, providerId, now }, { requests }) {
    return accept({ answers: await authoriseIn(rawOf(tx), providerId, requests, now) });
  },
});
