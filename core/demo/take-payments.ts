// What the demo's subscribers paid: at the desk, by bank, and one payment that nobody knows.
import { defineChannel } from "../payments/define-channel.ts";
import { receivePayment } from "../payments/receive-payment.ts";
import type { Step } from "./sell-wholesale.ts";

/** Each fifth account pays, in turns by the desk and by bank, spread over the month before today. `since`: an instant 40 days ago. */
export async function takePayments(
  step: Step,
  { currency, accountIds, since }: { currency: string; accountIds: readonly string[]; since: string },
): Promise<void> {
  const channel = async (code: string, name: string, kind: string) =>
    (await step<{ channelId: string }>(`channel:${code}`, defineChannel, { code, name, kind })).channelId;
  const channels = [await channel("demo-desk", "Cash desk", "desk"), await channel("demo-bank", "Bank account", "bank")] as const;
  await channel("demo-card", "Card payments", "gateway");
  for (const [n, accountId] of accountIds.filter((_, i) => i % 5 === 1).entries()) {
    const channelId = channels[n % 2 === 0 ? 0 : 1];
    await step(`payment:${n}`, receivePayment, {
      channelId,
      accountId,
      currency,
      amount: `${50 + ((n * 37) % 12) * 25}.00`,
      externalId: `demo-${n}`,
      paidAt: Temporal.Instant.from(since)
        .add({ hours: 24 * 10 + ((n * 171) % 710) })
        .toString(),
    });
  }
  const lost = { payerName: "Iryna Melnyk", payerPhone: "+380501112233", details: "For the telephone, November", accountText: "unknown" };
  await step("payment:lost", receivePayment, { channelId: channels[1], currency, amount: "120.00", externalId: "demo-lost", ...lost });
}
