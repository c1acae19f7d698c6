// One account out of a number that was typed into a field.
import { accountsList } from "../../read/account-list/query.ts";
import type { PageContext } from "./env.ts";
import { askFor } from "./frame.ts";

export type AccountMeant = { readonly accountId: string; readonly number: string } | { readonly problem: string };

export async function accountMeant(c: PageContext, providerId: number, typed: string): Promise<AccountMeant> {
  if (typed === "") return { problem: "Write the account’s number." };
  const { accounts } = await askFor(c, accountsList, { search: typed, limit: 200 });
  const found = accounts.find((one) => one.providerId === providerId && one.number.toLowerCase() === typed.toLowerCase());
  return found ?? { problem: `There is no account “${typed}”.` };
}
