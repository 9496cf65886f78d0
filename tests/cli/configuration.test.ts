import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('all that can be set is in the table of configuration of the README', () => {
  const variables = readFileSync('src/config.ts', 'utf8').match(/(?<=^ {2})LION_\w+(?=:)/gm)!;
  expect(variables).toContain('LION_PORT');
  const rows = readFileSync('README.md', 'utf8').match(/^\| `LION_.*$/gm)!;
  const told = rows.flatMap((row) => row.split('|', 2)[1]!.match(/LION_\w+/g)!);
  expect(variables.filter((variable) => !told.includes(variable))).toEqual([]);
});
