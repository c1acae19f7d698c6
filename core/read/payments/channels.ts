// By which channels do payments come, and which gateways stand behind them?
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { providersIn } from "../input.ts";
import { providerField } from "../page.ts";
import { rows } from "../rows.ts";

export type ChannelRow = {
  providerId: number;
  channelId: string;
  code: string;
  name: string;
  kind: "desk" | "bank" | "gateway";
  active: boolean;
  gatewayId: string | null;
};

export type GatewayRow = {
  providerId: number;
  gatewayId: string;
  channelId: string;
  channelName: string;
  active: boolean;
  createdAt: string;
  previousUntil: string | null;
  lastHeardAt: string | null;
};

export const paymentsChannels = defineQuery({
  name: "payments.channels",
  summary: "The ways in which payments come",
  permission: "payments:read",
  level: "subscriber",
  input: v.object({ providerId: providerField }),
  run: async ({ tx, scope }, { providerId }) =>
    accept({
      channels: await rows<ChannelRow>(
        tx,
        sql`select c.provider_id, c.id as channel_id, c.code, c.name, c.kind, c.active, g.id as gateway_id from app.payment_channels c
            left join app.payment_gateways g on g.provider_id = c.provider_id and g.channel_id = c.id
            where c.provider_id = any(${providersIn(scope, providerId)}) order by c.provider_id, c.active desc, c.name, c.id`,
      ),
    }),
});

/** Without their secrets: those are shown once, when they are made. */
export const paymentsGateways = defineQuery({
  name: "payments.gateways",
  summary: "Payment gateways, and when each was heard last",
  permission: "payments:read",
  level: "provider",
  input: v.object({ providerId: providerField }),
  run: async ({ tx, scope }, { providerId }) =>
    accept({
      gateways: await rows<GatewayRow>(
        tx,
        sql`select g.provider_id, g.id as gateway_id, g.channel_id, c.name as channel_name, g.active, g.created_at, g.previous_until,
              (select p.received_at from app.payments p where p.provider_id = g.provider_id and p.channel_id = g.channel_id order by p.received_at desc limit 1) as last_heard_at
            from app.payment_gateways g join app.payment_channels c on c.provider_id = g.provider_id and c.id = g.channel_id
            where g.provider_id = any(${providersIn(scope, providerId)}) order by g.provider_id, c.name, g.id`,
      ),
    }),
});
