import { addGroup } from "./add-group.ts";
import { changeAccount } from "./change-account.ts";
import { changeSubscriber } from "./change-subscriber.ts";
import { closeSubscriber } from "./close-subscriber.ts";
import { openAccount } from "./open-account.ts";
import { registerSubscriber } from "./register-subscriber.ts";
import { clearPayer, setPayer } from "./set-payer.ts";
import { setPortalLogin } from "./set-portal-login.ts";

export const commands = [
  registerSubscriber,
  changeSubscriber,
  closeSubscriber,
  addGroup,
  openAccount,
  changeAccount,
  setPayer,
  clearPayer,
  setPortalLogin,
];
