// The portal's way to ask. Its database role sees one subscriber's rows of schema `read`, whom the caller names for the transaction
// (settings app.providers and app.subscriber_id); a query needs no condition on either to be safe, and states them for the index.
import type * as v from "valibot";
import type { Tx } from "../../../db/client.ts";
import type { Outcome } from "../../kernel/errors.ts";

export type PortalContext = { readonly tx: Tx; readonly now: Temporal.Instant; readonly providerId: number; readonly subscriberId: string };

export type PortalQuery<I extends v.GenericSchema = v.GenericSchema, T = unknown> = {
  readonly name: `portal.${string}`;
  readonly input: I;
  run(context: PortalContext, input: v.InferOutput<I>): Promise<Outcome<T>>;
};

export const definePortalQuery = <I extends v.GenericSchema, T>(query: PortalQuery<I, T>) => query;
