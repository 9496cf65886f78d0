import { readFileSync } from 'node:fs';
import tab from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import type { Printing } from './connect.ts';
import { addDatabaseCommands } from './database-commands.ts';
import { exitCodeTable } from './errors.ts';
import { addKeyCommands } from './key-commands.ts';
import { addListCommands } from './list-commands.ts';
import { examples } from './options.ts';
import { serveCommand } from './serve-command.ts';
import { addWorkCommands } from './work-commands.ts';

/** The command line: what can be asked for, and how. */
export function createProgram(): Command {
  const program = new Command('lion')
    .description('The agent server that front ends have been missing.')
    .version(version(), '-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'lion: ')) })
    .showHelpAfterError('(add --help to see how it is used)')
    .addHelpText('after', examples('lion serve', 'lion run "Name a bakery"', 'lion help keys') + exitCodeTable);

  program
    .command('serve')
    .description('serve the API until told to stop')
    .option('--json', 'print where it listens as one line of JSON, once it does')
    .addHelpText(
      'after',
      examples('lion serve', 'LION_PORT=9000 LION_MODEL=builtin lion serve') +
        '\nAll that can be set is set in the environment: see the table of configuration in the README.',
    )
    .action((options: Printing) => serveCommand(options));

  addWorkCommands(program);
  addListCommands(program);
  addKeyCommands(program);
  addDatabaseCommands(program);
  addCompletion(program);
  return program;
}

/** `lion completion <shell>`, and what the shell then asks at each Tab. */
function addCompletion(program: Command): void {
  tab(program, { completionCommandName: 'completion' });
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('print what makes a shell complete commands, options and their values at Tab')
    .addHelpText(
      'after',
      examples(
        'source <(lion completion bash)   # in ~/.bashrc; needs bash-completion',
        'source <(lion completion zsh)    # in ~/.zshrc, after compinit',
        'lion completion fish > ~/.config/fish/completions/lion.fish',
      ),
    );
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}
