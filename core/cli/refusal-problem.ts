// A refusal, as the one line that somebody at a terminal reads.
import { errors, type Refusal } from "../kernel/errors.ts";
import { Problem } from "../kernel/problem.ts";

type Issues = readonly { readonly path: string; readonly message: string }[];

/** With what is wrong where, when the refusal knows. */
export function problemOfRefusal({ code, issues, detail }: Refusal): Problem {
  const where = Array.isArray(issues)
    ? (issues as Issues).map(({ path, message }) => (path ? `${path} ${message}` : message)).join("; ")
    : detail;
  return new Problem(
    code,
    typeof where === "string" && where !== "" ? `${errors[code].message} ${where}` : errors[code].message,
    code === "invalid_input" ? 2 : 1,
  );
}
