import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { exitCodes } from '../../src/cli/errors.ts';
import { createProgram } from '../../src/cli/program.ts';
import { scratchFolder } from '../support/scratch.ts';
import { cli } from './cli.ts';

/** Every command that does something, by what is typed for it. */
function commandsOf(command: Command, before: readonly string[] = []): { typed: string[]; command: Command }[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .flatMap((each) => {
      if (each.name() === 'help') return [];
      const typed = [...before, each.name()];
      const within = commandsOf(each, typed);
      return within.length > 0 ? within : [{ typed, command: each }];
    });
}

const commands = commandsOf(createProgram());

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

/** What has to be given beside the options. */
const given: Record<string, string[]> = {
  run: ['Name a bakery'],
  watch: ['op_01m84b57y17jwjkpxda0yarhj000_1'],
  answer: ['op_01m84b57y17jwjkpxda0yarhj000_1'],
  cancel: ['op_01m84b57y17jwjkpxda0yarhj000_1'],
  'keys create': ['x', '--role', 'viewer'],
  'keys rotate': ['key_1'],
  'keys revoke': ['key_1'],
  'keys limits': ['key_1'],
  backup: ['copy.db'],
  restore: ['copy.db'],
  completion: ['bash'],
};

test('there are the commands that there are to be', () => {
  expect(commands.map(({ typed }) => typed.join(' ')).toSorted()).toEqual(
    [
      'answer',
      'backup',
      'cancel',
      'completion',
      'doctor',
      ...['create', 'limits', 'list', 'revoke', 'rotate', 'token'].map((name) => `keys ${name}`),
      'migrate',
      'operations',
      'restore',
      'run',
      'serve',
      'sessions',
      'usage',
      'watch',
    ].toSorted(),
  );
});

test('the help tells every exit code, and so does the README', () => {
  const help = helpOf(createProgram());
  const readme = readFileSync('README.md', 'utf8');
  for (const code of new Set(Object.values(exitCodes))) {
    expect(help).toMatch(new RegExp(`^ {2}${code} {2,}\\S`, 'm'));
    expect(readme).toMatch(new RegExp(`^\\| \`${code}\` +\\|`, 'm'));
  }
});

describe.each(commands.map(({ typed, command }) => [typed.join(' '), { typed, command }] as const))(
  'lion %s',
  (name, { typed, command }) => {
    test('has help with examples, and a row in the README', () => {
      const help = helpOf(command);
      expect(help).toMatch(new RegExp(`\nExamples:\n(  .*\n)*  .*lion ${typed[0]}`));
      const readme = readFileSync('README.md', 'utf8');
      expect(readme).toMatch(new RegExp(`^\\| \`lion ${typed[0]}\\b`, 'm'));
      for (const line of help.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
    });

    test.skipIf(name === 'completion')('prints JSON where that is wanted', () => {
      expect(command.options.map(({ long }) => long)).toContain('--json');
    });

    test('refuses what it does not know in a sentence, with exit code 2', async () => {
      using folder = scratchFolder();
      const { code, stdout, stderr } = await cli([...typed, ...(given[name] ?? []), '--nonsense'], folder.path);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toBe(`lion: unknown option '--nonsense'\n(add --help to see how it is used)\n`);
    });

    test.skipIf(!helpOf(command).includes('LION_URL'))(
      'says in a sentence that the Lion at LION_URL does not answer',
      async () => {
        using folder = scratchFolder();
        const env = { LION_URL: 'http://127.0.0.1:1', LION_KEY: `lion_${'x'.repeat(43)}` };
        // What follows something waits for it to come back.
        if (name === 'watch') return;
        const { code, stdout, stderr } = await cli([...typed, ...(given[name] ?? [])], folder.path, env);
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
        expect(stderr.trim().split('\n').at(-1)).toMatch(/^lion: .*127\.0\.0\.1:1/);
        expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
      },
    );
  },
);
