import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder } from '../support/scratch.ts';
import { startCli } from './cli.ts';

test('lion serve ends in good order, also when npm passes on the Ctrl-C that the terminal has sent', async () => {
  using folder = scratchFolder();
  const serve = startCli(['serve'], folder.path, { LION_PORT: '0' });
  await serve.printed(/npx lion run/);
  serve.process.kill('SIGINT');
  serve.process.kill('SIGINT');
  const { code, stderr } = await serve.ended;
  expect(code).toBe(0);
  expect(stderr).toMatch(/stopping/);
  expect(existsSync(join(folder.path, 'lion.db.lock.json'))).toBe(false);
});
