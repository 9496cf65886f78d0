import { Option, type Command } from 'commander';
import { operationsCommand, type OperationsOptions } from './operations.ts';
import { day, each, examples, exitingWith, listOptions, oneOfEach, whichLion } from './options.ts';
import { sessionsCommand, type SessionsOptions } from './sessions.ts';
import { groupings, usageCommand, type UsageOptions } from './usage.ts';

const statuses = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'];

/** The commands that show what there is. */
export function addListCommands(program: Command): void {
  listOptions(program.command('sessions').description('list the sessions, newest first'))
    .addOption(new Option('--status <status>', 'only those of this status').choices(['active', 'expired']))
    .option('--title <text>', 'only those with this text in the title')
    .addHelpText(
      'after',
      examples('lion sessions', 'lion sessions --first 5 --json', 'lion sessions --all --title bakery') + whichLion,
    )
    .action(exitingWith((options: SessionsOptions) => sessionsCommand(options)));

  listOptions(program.command('operations').description('list the operations, newest first'))
    .option('--session <id>', 'only those of this session')
    .addOption(
      new Option('--status <status>', 'only those of this status; may be given several times')
        .choices(statuses)
        .argParser(oneOfEach(statuses)),
    )
    .option('--kind <kind>', 'only those of this kind; may be given several times', each)
    .option('--children', 'show those that others started, too')
    .addHelpText(
      'after',
      examples(
        'lion operations',
        'lion operations --status running --status queued',
        'lion operations --session ses_01m84a6ey705baagq73kfm9r0g00 --children',
        "lion operations --status failed --all --json | jq -r '.[].error.code' | sort | uniq -c",
      ) + whichLion,
    )
    .action(exitingWith((options: OperationsOptions) => operationsCommand(options)));

  program
    .command('usage')
    .description('show what model calls used and cost, by days, models, kinds of operation or keys')
    .option('--from <day>', 'the first day, as in 2026-11-01 (default: 30 days before the last)', day)
    .option('--to <day>', 'the last day, which is included (default: today)', day)
    .addOption(
      new Option('--by <what>', 'what to add it up by; may be given several times (default: day and model)')
        .choices(groupings)
        .argParser((what, given: string[] | undefined) => oneOfEach(groupings)(what, given).map((one) => one.toUpperCase())),
    )
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      examples(
        'lion usage',
        'lion usage --by key --from 2026-11-01 --to 2026-11-30',
        "lion usage --by model --json | jq '.[] | {model, cost: .usage.cost}'",
      ) + whichLion,
    )
    .action(exitingWith((options: UsageOptions) => usageCommand(options)));
}
