import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { answerCommand, type AnswerOptions } from './answer.ts';
import { backupCommand, restoreCommand } from './backup.ts';
import { doctorCommand, type DoctorOptions } from './doctor.ts';
import { runCommand, type RunOptions } from './run.ts';
import { serveCommand } from './serve-command.ts';
import { sessionsCommand, type SessionsOptions } from './sessions.ts';
import { watchCommand, type WatchOptions } from './watch.ts';

/** The command line: what can be asked for, and how. */
export function createProgram(): Command {
  const program = new Command('lion')
    .description('The agent server that front ends have been missing.')
    .version(version(), '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'lion: ')) })
    .showHelpAfterError('(add --help to see how it is used)');

  program
    .command('serve')
    .description('serve the API until told to stop')
    .addHelpText('after', '\nAll that can be set is set in the environment: see the table of configuration in the README.')
    .action(() => serveCommand());

  program
    .command('run')
    .description('find ideas for an instruction, select the best one and plan it; shows it as it happens')
    .argument('<instruction>', 'what you want; - reads it from standard input')
    .option('--guidance <text>', 'how to go about it')
    .option('--context <json>', 'what there is to know, as JSON', json)
    .option('--count <n>', 'how many ideas: 1 to 100 (default: 3)', wholeNumber(1, 100))
    .option('--steps <n>', 'how many steps the plan is to have: 1 to 100 (default: as many as it takes)', wholeNumber(1, 100))
    .option('--execute', 'carry the plan out, too')
    .option('--concurrency <n>', 'how many of its steps at a time: 1 to 100 (default: 4)', wholeNumber(1, 100))
    .option(
      '--model <name>',
      'the model to ask: provider/name or builtin; or several with commas, each asked when those before have failed',
    )
    .option('--session <id>', 'the session that it is to belong to (default: a new one)')
    .addOption(
      new Option(
        '--on-busy <mode>',
        'what to do while others of the session have not ended (default: what the session says)',
      ).choices(['parallel', 'queue', 'reject', 'cancel-previous']),
    )
    .option('--timeout-ms <n>', 'how long it may take, in ms', wholeNumber(1, 604_800_000))
    .option('--json', 'print the result alone, as JSON: ideas, selectedIdea and steps')
    .option('--record <file>', 'keep what the models say in this file (it is replaced)')
    .option('--replay <file>', 'let the models say what was recorded in this file: no network, no key')
    .addHelpText(
      'after',
      examples(
        'lion run "Plan a web application for a village library"',
        'lion run "Name a bakery" --count 5 --guidance "Short names; no puns"',
        'lion run "Open a bakery" --execute --model anthropic/claude-sonnet-5-5,builtin',
        `lion run "Move the office" --context '{"people": 12, "by": "June"}'`,
        'cat brief.txt | lion run - --json | jq -r .selectedIdea.title',
        'lion run "Name a bakery" --record bakery.jsonl',
        'lion run "Name a bakery" --replay bakery.jsonl',
      ) +
        whichLion +
        ownLion,
    )
    .action(exitingWith((instruction: string, options: RunOptions) => runCommand(instruction, options)));

  program
    .command('watch')
    .description('follow an operation until it has ended, or a session until Ctrl-C; stops nothing')
    .argument('<id>', 'the id of an operation or of a session')
    .option('--after <seq>', 'only what came after this event (default: all)', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .option('--json', 'print the events as JSON, one a line')
    .addHelpText(
      'after',
      examples(
        'lion watch op_01m84a6ey705baagq73kfm9r0g00_1',
        'lion watch ses_01m84a6ey705baagq73kfm9r0g00 --after 34',
        'lion watch ses_01m84a6ey705baagq73kfm9r0g00 --json | jq -c "{seq, type}"',
      ) + whichLion,
    )
    .action(exitingWith((id: string, options: WatchOptions) => watchCommand(id, options)));

  program
    .command('answer')
    .description('answer what an operation asks; without an answer, show what it asks')
    .argument('<id>', 'the id of the operation')
    .argument('[answer]', 'the answer, as JSON of the shape that is asked for; - reads it from standard input')
    .option('--name <name>', 'which of its requests (default: the one that it has asked for longest)')
    .addHelpText(
      'after',
      examples(
        'lion answer op_01m84a6ey705baagq73kfm9r0g00_1',
        `lion answer op_01m84a6ey705baagq73kfm9r0g00_1 '{"selected": ["idea-2"]}'`,
      ) + whichLion,
    )
    .action(exitingWith((id: string, answer: string | undefined, options: AnswerOptions) => answerCommand(id, answer, options)));

  program
    .command('sessions')
    .description('list the sessions, newest first')
    .option('--first <n>', 'how many', wholeNumber(1, 100), 20)
    .option('--json', 'print them as JSON')
    .addHelpText('after', examples('lion sessions', 'lion sessions --first 5 --json') + whichLion)
    .action(exitingWith((options: SessionsOptions) => sessionsCommand(options)));

  program
    .command('backup')
    .description('write all that the database holds into a file, also while a Lion works with it')
    .argument('<file>', 'where to')
    .option('--force', 'replace the file if it is there')
    .addHelpText('after', examples('lion backup lion-2026-11-25.db', 'lion backup /mnt/backups/lion.db --force') + whichDatabase)
    .action(exitingWith((file: string, options: { force?: boolean }) => backupCommand(file, options)));

  program
    .command('restore')
    .description('put the database of a backup in place, while no Lion works with it')
    .argument('<file>', 'a file that lion backup wrote')
    .option('--force', 'replace the database that is there')
    .addHelpText('after', examples('lion restore lion-2026-11-25.db', 'lion restore lion-2026-11-25.db --force') + whichDatabase)
    .action(exitingWith((file: string, options: { force?: boolean }) => restoreCommand(file, options)));

  program
    .command('doctor')
    .description('look through the database for whatever should not be, and say what it is; changes nothing without --mend')
    .option('--mend', 'mend what can be mended without guessing, after a backup, while no Lion works with the database')
    .option('--json', 'print what was found as JSON')
    .addHelpText(
      'after',
      examples('lion doctor', 'lion doctor --json | jq .findings', 'lion doctor --mend') +
        whichDatabase +
        `

It may look while a Lion works with the database: it sees all as of one moment, and is
in nobody's way; what that Lion has claimed is then as it should be. Where none does,
what is still claimed was left by one that was killed: a note, and no fault, as the
next one goes on with it.

--mend writes a backup beside the database, mends in one transaction, and looks again.
What is lost, or contradicts itself, is reported, and left as it is.

It ends with 0 for a sound database, 1 for faults (with --mend: that are left), 2 where
it could not look: no database, one of an older or a newer Lion, one that is held.`,
    )
    .action(exitingWith((options: DoctorOptions) => doctorCommand(options)));

  return program;
}

const whichDatabase = `
The database is the one that LION_DATABASE_URL names (default: file:.lion/lion.db).`;

const whichLion = `
It asks the Lion at LION_URL, with the key in LION_KEY; without LION_URL, the one
that holds the database here (LION_DATABASE_URL), with the key kept beside it; where
none runs, one that is opened for this command.`;

const ownLion = `
With --record and --replay it is always one that is opened for this command, in a
temporary folder; its sessions are gone afterwards.`;

const examples = (...lines: string[]): string => `\nExamples:\n${lines.map((line) => `  ${line}\n`).join('')}`;

/** A command that ends says how by its exit code. */
function exitingWith<Args extends unknown[]>(command: (...args: Args) => Promise<number>): (...args: Args) => Promise<void> {
  return async (...args) => {
    process.exitCode = await command(...args);
  };
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}

function wholeNumber(min: number, max: number): (text: string) => number {
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

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`It is not JSON: ${(error as Error).message}.`);
  }
}
