// The job that looks at accounts that are due: their balance left the band that it was watched in, or a day came that was waited for.
import * as v from "valibot";
import { defineJob } from "../../kernel/job.ts";

/** Sent as soon as postings have made an account due, and each minute for what time alone makes due. */
export const checkAccountsJob = defineJob({ name: "credit.check-accounts", data: v.nullish(v.object({})), policy: "stately" });
