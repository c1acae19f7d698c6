import { cancelPayment } from "./cancel-payment.ts";
import { chargeBackPayment } from "./charge-back-payment.ts";
import { defineChannel } from "./define-channel.ts";
import { defineGateway, rotateGatewaySecret, switchGateway } from "./gateway/define-gateway.ts";
import { reconcileGateway } from "./gateway/reconcile-gateway.ts";
import { matchPayment } from "./match-payment.ts";
import { receivePayment } from "./receive-payment.ts";
import { refundPayment } from "./refund-payment.ts";
import { returnUnmatched } from "./return-unmatched.ts";
import { reverseChargeBack } from "./reverse-charge-back.ts";
import { takeOffAccount } from "./take-off-account.ts";

export const commands = [
  defineChannel,
  receivePayment,
  matchPayment,
  takeOffAccount,
  returnUnmatched,
  refundPayment,
  chargeBackPayment,
  reverseChargeBack,
  cancelPayment,
  defineGateway,
  rotateGatewaySecret,
  switchGateway,
  reconcileGateway,
];
