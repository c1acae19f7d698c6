// What came by which channel in a period, and what went back?
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { dayField, providersIn } from "../input.ts";
import { providerField } from "../page.ts";
import { rows } from "../rows.ts";

export type ChannelSum = {
  providerId: number;
  channelId: string;
  name: string;
  kind: "desk" | "bank" | "gateway";
  currency: string;
  payments: number;
  amountMicros: bigint;
  refundedMicros: bigint;
};

/** Days of the providers, both inside. Received less cancelled, by the day of each; of all the provider's subscribers. */
export const paymentsByChannel = defineQuery({
  name: "payments.by-channel",
  summary: "What was paid by each channel in a period, and what went back",
  permission: "payments:read",
  level: "provider",
  input: v.object({ providerId: providerField, from: dayField, to: dayField }),
  run: async ({ tx, scope }, { providerId, from, to }) =>
    accept({
      channels: await rows<ChannelSum>(
        tx,
        sql`select d.provider_id, d.channel_id, c.name, c.kind, d.currency, sum(d.payments)::bigint as payments, sum(d.amount_micros) as amount_micros,
              sum(d.refunded_micros) as refunded_micros
            from read.payments_daily d join app.payment_channels c on c.provider_id = d.provider_id and c.id = d.channel_id
            where d.provider_id = any(${providersIn(scope, providerId)}) and d.day between ${from}::date and ${to}::date
            group by 1, 2, 3, 4, 5 order by d.provider_id, c.name, d.currency`,
      ),
    }),
});
