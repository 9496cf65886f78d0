import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scratchFolder } from '../support/scratch.ts';
import { cliPath } from '../support/server-process.ts';

const folder = scratchFolder();
const env = { ...process.env, PATH: `${folder.path}:${process.env['PATH']}`, HOME: folder.path };

beforeAll(() => {
  const path = join(folder.path, 'lion');
  writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${cliPath}' "$@"\n`);
  chmodSync(path, 0o755);
});
afterAll(() => folder[Symbol.dispose]());

const has = (command: string): boolean => spawnSync(command, ['--version']).status === 0;
const bashCompletion = ['/usr/share/bash-completion/bash_completion', '/opt/homebrew/etc/profile.d/bash_completion.sh'].find(
  existsSync,
);

/** The shells, what each is set up with, and whether this machine can try it. */
const shells = {
  bash: {
    setup: `source ${bashCompletion}; source <(lion completion bash)`,
    isHere: bashCompletion !== undefined && has('python3'),
  },
  zsh: { setup: 'autoload -Uz compinit; compinit -u -D; source <(lion completion zsh)', isHere: has('zsh') && has('python3') },
};

for (const [shell, { setup, isHere }] of Object.entries(shells)) {
  const missing = !isHere && !process.env['CI'];
  if (missing) console.warn(`Left out: completion in ${shell}, as ${shell}, its completion or Python is not on this machine.`);
  describe.skipIf(missing)(`at Tab, ${shell}`, () => {
    const typed = (keys: string, wanted: string) =>
      spawnSync('python3', [fileURLToPath(new URL('./tab.py', import.meta.url)), shell, setup, keys, wanted], {
        env,
        encoding: 'utf8',
      });

    test.each([
      ['a command', 'lion oper\t', 'lion operations'],
      ['a command of a command', 'lion keys rev\t', 'lion keys revoke'],
      ['an option', 'lion sessions --fir\t', 'lion sessions --first'],
      ['the value of an option', 'lion operations --status succ\t', '--status succeeded'],
    ])('completes %s', (_what, keys, wanted) => {
      const { status, stdout } = typed(keys, wanted);
      expect(stdout).toContain(wanted);
      expect(status).toBe(0);
    });

    test('shows what may follow', () => {
      const { stdout } = typed('lion keys create --role \t\t', 'viewer');
      expect(stdout).toMatch(/admin|operator/);
    });
  });
}

const noFish = !has('fish') && !process.env['CI'];
if (noFish) console.warn('Left out: completion in fish, as there is no fish on this machine.');
describe.skipIf(noFish)('at Tab, fish', () => {
  const completed = (line: string): string[] =>
    spawnSync('fish', ['--no-config', '-c', `lion completion fish | source; complete -C '${line}'`], { env, encoding: 'utf8' })
      .stdout.trim()
      .split('\n')
      .map((each) => each.split('\t')[0]!);

  test('completes commands, options and their values', () => {
    expect(completed('lion oper')).toEqual(['operations']);
    expect(completed('lion keys rev')).toEqual(['revoke']);
    expect(completed('lion sessions --fir')).toEqual(['--first']);
    expect(completed('lion keys create --role ').toSorted()).toEqual(['admin', 'operator', 'viewer']);
  });
});

test('a shell that there is not is refused', () => {
  const { status, stderr } = spawnSync(process.execPath, [cliPath, 'completion', 'tcsh'], { encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toMatch(/Allowed choices are zsh, bash, fish/);
});
