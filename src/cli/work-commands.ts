import { Option, type Command } from 'commander';
import { answerCommand, type AnswerOptions } from './answer.ts';
import { cancelCommand } from './cancel.ts';
import type { Printing } from './connect.ts';
import { examples, exitingWith, json, whichLion, wholeNumber } from './options.ts';
import { runCommand, type RunOptions } from './run.ts';
import { watchCommand, type WatchOptions } from './watch.ts';

/** The commands that have operations worked on. */
export function addWorkCommands(program: Command): void {
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
    .option('--json', 'print the operation, once it is answered, as JSON')
    .addHelpText(
      'after',
      examples(
        'lion answer op_01m84a6ey705baagq73kfm9r0g00_1',
        `lion answer op_01m84a6ey705baagq73kfm9r0g00_1 '{"selected": ["idea-2"]}'`,
      ) + whichLion,
    )
    .action(exitingWith((id: string, answer: string | undefined, options: AnswerOptions) => answerCommand(id, answer, options)));

  program
    .command('cancel')
    .description('stop operations, with their children')
    .argument('<id...>', 'the ids of the operations')
    .option('--json', 'print those that were cancelled as JSON')
    .addHelpText(
      'after',
      examples(
        'lion cancel op_01m84a6ey705baagq73kfm9r0g00_1',
        "lion cancel $(lion operations --status running --all --json | jq -r '.[].id')",
      ) + whichLion,
    )
    .action(exitingWith((ids: string[], options: Printing) => cancelCommand(ids, options)));
}

const ownLion = `
With --record and --replay it is always one that is opened for this command, in a
temporary folder; its sessions are gone afterwards.`;
