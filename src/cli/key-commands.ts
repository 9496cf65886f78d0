import { Option, type Command } from 'commander';
import {
  createKeyCommand,
  createTokenCommand,
  keyLimitsCommand,
  limited,
  listKeysCommand,
  revokeKeyCommand,
  rotateKeyCommand,
  type CreateKeyOptions,
  type CreateTokenOptions,
  type LimitsOptions,
  type RevokeKeyOptions,
  type RotateKeyOptions,
} from './keys.ts';
import { examples, exitingWith, listOptions, seconds, whichLion, wholeNumber } from './options.ts';
import type { HowMany } from './pages.ts';
import type { Printing } from './connect.ts';

const roles = ['viewer', 'operator', 'admin'];

/** `lion keys` and what belongs to it. */
export function addKeyCommands(program: Command): void {
  const keys = program
    .command('keys')
    .description('list, make, rotate, revoke and limit the API keys of the project; make tokens')
    .addHelpText(
      'after',
      examples('lion keys list', 'KEY=$(lion keys create "the web app" --role operator)', 'lion keys revoke key_... --force') +
        whichLion +
        '\nAll but `token` need the key of an admin.',
    );

  listOptions(keys.command('list', { isDefault: true }).description('list the keys, newest first, those that have ended too'))
    .addHelpText('after', examples('lion keys', 'lion keys list --all --json') + whichLion)
    .action(exitingWith((options: HowMany & Printing) => listKeysCommand(options)));

  keys
    .command('create')
    .description('make a key; its secret alone is printed to standard output, this once')
    .argument('<name>', 'what it is called, for people')
    .addOption(new Option('--role <role>', 'what it is for').choices(roles).makeOptionMandatory())
    .option('--expires-in <time>', 'how long it works: 90d, 12h, 30m or 45s (default: for ever)', seconds)
    .option('--json', 'print the key with its secret as JSON')
    .addHelpText(
      'after',
      examples(
        'KEY=$(lion keys create "the web app" --role operator)',
        'lion keys create ci --role viewer --expires-in 90d --json',
      ) + whichLion,
    )
    .action(exitingWith((name: string, options: CreateKeyOptions) => createKeyCommand(name, options)));

  keys
    .command('rotate')
    .description('give a key a new secret, which alone is printed to standard output, this once')
    .argument('<id>', 'the id of the key')
    .option('--overlap <time>', 'how long the former secret still works: 7d, 12h, 0s (default: 24h)', seconds)
    .option('--json', 'print the key with its secret as JSON')
    .addHelpText('after', examples('KEY=$(lion keys rotate key_...)', 'lion keys rotate key_... --overlap 0s') + whichLion)
    .action(exitingWith((id: string, options: RotateKeyOptions) => rotateKeyCommand(id, options)));

  keys
    .command('revoke')
    .description('end a key at once, with its tokens and whatever follows something by it')
    .argument('<id>', 'the id of the key')
    .option('--force', 'also where it is the last key that can administer the project')
    .option('--json', 'print the key as JSON')
    .addHelpText('after', examples('lion keys revoke key_...') + whichLion)
    .action(exitingWith((id: string, options: RevokeKeyOptions) => revokeKeyCommand(id, options)));

  const limits = keys
    .command('limits')
    .description('show how much a key may do, and set what is given')
    .argument('<id>', 'the id of the key');
  for (const what of limited) limits.option(`--${what} <n>`, `${meanings[what]}; "default" for what all keys have`, limit);
  limits
    .option('--json', 'print them as JSON')
    .addHelpText(
      'after',
      examples('lion keys limits key_...', 'lion keys limits key_... --requests 600 --concurrent 5 --sessions default') +
        whichLion,
    )
    .action(exitingWith((id: string, options: LimitsOptions) => keyLimitsCommand(id, options)));

  keys
    .command('token')
    .description('make a short-lived token, for a browser: it alone is printed to standard output')
    .addOption(new Option('--role <role>', 'no higher than that of the key').choices(roles).default('viewer'))
    .option('--session <id>', 'the one session that it is for (default: all of the project)')
    .option('--expires-in <time>', 'how long it works: at most 1h (default: 10m)', seconds)
    .option('--json', 'print it with what it is for as JSON')
    .addHelpText(
      'after',
      examples(
        'TOKEN=$(lion keys token --session ses_01m84a6ey705baagq73kfm9r0g00)',
        'lion keys token --role operator --expires-in 1h',
      ) + whichLion,
    )
    .action(exitingWith((options: CreateTokenOptions) => createTokenCommand(options)));
}

const meanings = {
  requests: 'requests a minute',
  operations: 'operations started a minute',
  concurrent: 'operations queued or running at a time',
  subscriptions: 'subscriptions open at a time',
  connections: 'WebSockets and shared streams open at a time',
  sessions: 'sessions stored',
};

const limit = (text: string): number | 'default' => (text === 'default' ? text : wholeNumber(0, 1_000_000_000)(text));
