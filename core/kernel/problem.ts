// Something outside the program is not as it must be (a port in use, a database that is down, a wrong option).
// Told to a person as one line with what to do; everything else that is thrown is a defect and keeps its stack.

export class Problem extends Error {
  /**
   * @param code for programs, snake_case: `port_in_use`
   * @param message one line: what is wrong and what to do
   * @param exitCode 1 refused, 2 wrong usage
   */
  constructor(
    readonly code: string,
    message: string,
    readonly exitCode: 1 | 2 = 1,
  ) {
    super(message.replaceAll(/\s*\n\s*/g, " "));
    this.name = "Problem";
  }
}
