// Logins and passwords as they come from a form.
import * as v from "valibot";
import { type Refusal, refuse } from "../kernel/errors.ts";
import { passwordProblems } from "./password-strength.ts";

/** Managers sign in with their e-mail address; capitals don't matter. */
export const emailLoginField = v.pipe(
  v.string("must be an e-mail address"),
  v.trim(),
  v.toLowerCase(),
  v.maxLength(254, "must have at most 254 characters"),
  v.email("must be an e-mail address"),
);

/** As typed; only its strength is judged, in the command. */
export const newPasswordField = v.pipe(v.string("must be text"), v.maxLength(1000, "is too long"));

/** The refusal of a weak password, with the reasons under the field's name. */
export function refuseWeak(password: string, about: { login: string; name: string }, path = "password"): Refusal | undefined {
  const problems = passwordProblems(password, about);
  if (problems.length === 0) return undefined;
  return refuse("password_too_weak", { issues: problems.map((message) => ({ path, message })) });
}
