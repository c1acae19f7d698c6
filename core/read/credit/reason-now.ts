// Why an account is in its state was kept with the balance of then; what ends the state is to be paid from the balance of now.
import { type SQL, sql } from "drizzle-orm";

export const reasonNow = (reason: SQL, balanceMicros: SQL): SQL => sql`
  case when ${reason} ? 'payMicros' and ${reason} ? 'balanceMicros'
    then jsonb_set(${reason}, '{payMicros}', to_jsonb(((${reason} ->> 'payMicros')::numeric + (${reason} ->> 'balanceMicros')::numeric - ${balanceMicros})::text))
    else ${reason} end`;
