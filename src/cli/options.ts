import { InvalidArgumentError, type Command } from 'commander';

export const whichDatabase = `
The database is the one that LION_DATABASE_URL names (default: file:.lion/lion.db).`;

export const whichLion = `
It asks the Lion at LION_URL, with the key in LION_KEY; without LION_URL, the one
that holds the database here (LION_DATABASE_URL), with the key kept beside it; where
none runs, one that is opened for this command.`;

export const examples = (...lines: string[]): string => `\nExamples:\n${lines.map((line) => `  ${line}\n`).join('')}`;

/** A command that ends says how by its exit code. */
export function exitingWith<Args extends unknown[]>(
  command: (...args: Args) => Promise<number>,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    process.exitCode = await command(...args);
  };
}

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(
      max === Number.MAX_SAFE_INTEGER
        ? `It must be a whole number, at least ${min}.`
        : `It must be a whole number from ${min} to ${max}.`,
    );
  };
}

export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`It is not JSON: ${(error as Error).message}.`);
  }
}

/** The options of a command that lists something. */
export const listOptions = (command: Command): Command =>
  command
    .option('--first <n>', 'how many', wholeNumber(1, 1_000_000), 20)
    .option('--all', 'all that there are')
    .option('--json', 'print them as JSON');

/** Gathers an option that may be given several times. */
export const each = (text: string, given: string[] | undefined): string[] => [...(given ?? []), text];

/** The same, of one that has to be one of these each time. */
export const oneOfEach =
  (choices: readonly string[]) =>
  (text: string, given: string[] | undefined): string[] => {
    if (!choices.includes(text)) throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
    return each(text, given);
  };

/** A day, as in `2026-11-25`. @returns its first moment in UTC */
export function day(text: string): string {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00.000Z`) : undefined;
  // 30 February would be a day in March.
  if (at && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)) return at.toISOString();
  throw new InvalidArgumentError('It must be a day, as in 2026-11-25.');
}

const secondsIn = { s: 1, m: 60, h: 60 * 60, d: 24 * 60 * 60 };

/** A time span, as in `90d`, `12h`, `30m`, `45s`. @returns it in seconds */
export function seconds(text: string): number {
  const { number, unit } = /^(?<number>\d{1,9})(?<unit>[smhd])$/.exec(text)?.groups ?? {};
  const sum = Number(number) * secondsIn[unit as keyof typeof secondsIn];
  if (sum <= 2_147_483_647) return sum;
  throw new InvalidArgumentError('It must be a whole number with a unit, as in 90d, 12h, 30m or 45s.');
}
