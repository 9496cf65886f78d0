/** How a command ends, for the shell. */
export const exitCodes = {
  /** What was asked for was done. */
  done: 0,
  /** It was not. */
  failed: 1,
  /** What was asked for cannot be understood. */
  wrongUsage: 2,
  /** The database could not be looked through: so nobody knows whether it is sound. */
  couldNotLook: 2,
  /** Ctrl-C: 128 and the number of SIGINT. */
  interrupted: 130,
  /** Told to end, twice: 128 and the number of SIGTERM. */
  terminated: 143,
  /** Nobody reads what is written: 128 and the number of SIGPIPE. */
  brokenPipe: 141,
} as const;

/** The same for people, as the help of `lion` has it. */
export const exitCodeTable = `
Exit codes:
  0    what was asked for was done
  1    it was not: the message says why
  2    what was asked for cannot be understood, or is refused as bad input;
       of lion doctor: it could not look
  130  Ctrl-C
  141  nobody reads what is written, as after a head that has enough
  143  told to end, twice (SIGTERM)`;

/** What the user is told in one sentence, and the code to exit with. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What was given on the command line or in the environment is wrong. */
export class UsageError extends CliError {
  constructor(message: string) {
    super(message, exitCodes.wrongUsage);
  }
}
