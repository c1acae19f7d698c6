import { describe, expect, test } from "bun:test";
import { passwordBits, passwordProblems } from "../../core/auth/password-strength.ts";

const about = { login: "olena.koval@operator.example", name: "Olena Koval" };

describe("a password is refused", () => {
  const weak = [
    ["too short", "k7#Qz!w9", /at least 10/],
    ["too long", `x${"y7".repeat(150)}`, /at most 200/],
    ["a common word with digits behind it", "Password2026!", /"password"/],
    ["a common word with look-alikes for letters", "P@55w0rd12345", /first words/],
    ["two common words", "summersunshine", /"sunshine"|"summer"/],
    ["neighbouring keys", "qwertyuiop12", /qwert/],
    ["neighbouring keys backwards", "lkjhgfdsa321", /neighbouring/],
    ["a run of digits", "12345678901234", /neighbouring|different/],
    ["the name", "my-Koval-99-house", /Leave "koval" out/],
    ["the login", "zz-olena.koval-7", /Leave "olena.koval" out/],
    ["few characters, repeated", "aabbaabbaabb", /different/],
    ["a repetition of something short", "x7q2k x7q2k x7q2k ".trim().replaceAll(" ", ""), /repetitions/],
    ["a date", "1987-11-23-", /repetitions|different/],
  ] as const;
  for (const [why, password, says] of weak) {
    test(`${why}: ${password.slice(0, 30)}`, () => {
      const problems = passwordProblems(password, about);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(says);
    });
  }
});

describe("a password is accepted", () => {
  for (const password of ["turnip-lantern-viaduct", "9fQ#x2LmTz0w", "жираф несе лампу", "correct horse battery staple", "vb83kdmq0zxt"]) {
    test(password, () => expect(passwordProblems(password, about)).toEqual([]));
  }
});

test("saying it twice adds next to nothing", () => {
  expect(passwordBits("vb83kdmq")).toBeLessThan(passwordBits("vb83kdmqvb83kdmq"));
  expect(passwordBits("vb83kdmqvb83kdmq")).toBeLessThan(passwordBits("vb83kdmq") + 2);
});
