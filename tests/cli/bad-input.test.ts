import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openTestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import { cli } from './cli.ts';

const noKey = `lion_${'x'.repeat(43)}`;

/** One sentence to standard error, and nothing of the inside. */
function expectOneClearLine({ stdout, stderr }: { stdout: string; stderr: string }, message: RegExp): void {
  const lines = stderr.split('\n').filter((line) => line !== '' && !/^lion: (no Lion runs|asking the Lion)/.test(line));
  expect(lines[0]).toMatch(message);
  expect(lines[0]).toMatch(/^lion: /);
  expect(lines.slice(1).join('\n')).toMatch(/^(\(Did you mean [\w-]+\?\)\n)?(\(add --help to see how it is used\))?$/);
  expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
  expect(stdout).toBe('');
}

describe('what is wrong on the command line', () => {
  test.each<[args: string[], code: number, message: RegExp]>([
    [['run', ''], 2, /The instruction is empty/],
    [['run', '  \n '], 2, /The instruction is empty/],
    [['run', '-'], 2, /The instruction is empty/],
    [['run'], 2, /missing required argument 'instruction'/],
    [['run', 'x', '--count', '0'], 2, /--count.* It must be a whole number from 1 to 100/],
    [['run', 'x', '--count', '1000'], 2, /--count.* It must be a whole number from 1 to 100/],
    [['run', 'x', '--steps', 'many'], 2, /--steps.* It must be a whole number/],
    [['run', 'x', '--context', '{"a'], 2, /--context.* It is not JSON/],
    [['run', 'x', '--timeout-ms', '-5'], 2, /--timeout-ms.* It must be a whole number/],
    [['run', 'x'.repeat(100_001)], 2, /input\.instruction: must be at most 100000 characters/],
    [['run', 'x', '--on-busy', 'wait'], 2, /--on-busy.* Allowed choices are parallel, queue, reject, cancel-previous/],
    [['run', 'x', '--session', 'ses_none'], 1, /There is no session ses_none/],
    [['run', 'x', '--model', 'nobody/nothing'], 1, /No model goes by the name "nobody\/nothing"/],
    [['rum', 'x'], 2, /unknown command 'rum'/],
    [['run', 'x', '--jsn'], 2, /unknown option '--jsn'/],
    [['watch', 'x', '--after', '-1'], 2, /--after.* It must be a whole number/],
    [['watch', 'op_01m84b57y17jwjkpxda0yarhj000_1'], 1, /There is no database lion\.db yet/],
    [['sessions'], 1, /There is no database lion\.db yet/],
  ])('%j', async (args, code, message) => {
    using folder = scratchFolder();
    const ended = await cli(args, folder.path);
    expectOneClearLine(ended, message);
    expect(ended.code).toBe(code);
  });

  test('no command at all shows what there is', async () => {
    using folder = scratchFolder();
    const { code, stderr } = await cli([], folder.path);
    expect(stderr).toMatch(/^Usage: lion/);
    expect(code).toBe(2);
  });

  test('--help shows examples, --version the version', async () => {
    using folder = scratchFolder();
    for (const command of ['run', 'watch', 'sessions']) {
      const { code, stdout } = await cli([command, '--help'], folder.path);
      expect(stdout).toMatch(/Examples:\n {2}lion /);
      expect(code).toBe(0);
    }
    expect((await cli(['--version'], folder.path)).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('what is wrong with the Lion that is asked', () => {
  test('nobody listens at LION_URL', async () => {
    using folder = scratchFolder();
    const free = createServer();
    await new Promise<void>((listening) => free.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(free.address() as AddressInfo).port}`;
    await new Promise((closed) => free.close(closed));
    const ended = await cli(['run', 'x'], folder.path, { LION_URL: url, LION_KEY: noKey });
    expectOneClearLine(ended, /No Lion answers at .*: nothing listens there\./);
    expect(ended.code).toBe(1);
  });

  test('something else listens at LION_URL', async () => {
    using folder = scratchFolder();
    await using other = createServer((_request, response) => response.writeHead(404).end('<html>'));
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const ended = await cli(['run', 'x'], folder.path, { LION_URL: url, LION_KEY: noKey });
    expectOneClearLine(ended, /is not a Lion \(HTTP status 404\)/);
    expect(ended.code).toBe(1);
  });

  test('LION_URL is no URL, or there is no key for it', async () => {
    using folder = scratchFolder();
    const noUrl = await cli(['run', 'x'], folder.path, { LION_URL: 'nowhere', LION_KEY: noKey });
    expectOneClearLine(noUrl, /LION_URL: nowhere is not the URL of a Lion/);
    expect(noUrl.code).toBe(2);
    const keyless = await cli(['run', 'x'], folder.path, { LION_URL: 'http://127.0.0.1:9' });
    expectOneClearLine(keyless, /There is no API key for the Lion at .* Set LION_KEY/);
    expect(keyless.code).toBe(2);
  });

  test('the key is wrong; the operation or the cursor is not known', async () => {
    using folder = scratchFolder();
    await using lion = await openTestLion();
    const wrongKey = await cli(['run', 'x'], folder.path, { LION_URL: lion.url, LION_KEY: noKey });
    expectOneClearLine(wrongKey, /The API key is not known here/);
    expect(wrongKey.code).toBe(1);
    const env = { LION_URL: lion.url, LION_KEY: lion.key };
    const unknown = await cli(['watch', 'op_01m84b57y17jwjkpxda0yarhj000_1'], folder.path, env);
    expectOneClearLine(unknown, /There is no operation or session op_/);
    expect(unknown.code).toBe(1);
    const operation = await lion.start('brainstorm', { instruction: 'Name a bakery' });
    await lion.follow(operation);
    const beyond = await cli(['watch', operation.id, '--after', '9999'], folder.path, env);
    expectOneClearLine(beyond, /The cursor 9999 is past the end of the history/);
    expect(beyond.code).toBe(2);
  });
});

describe('what is wrong with the database', () => {
  test('it is not one', async () => {
    using folder = scratchFolder();
    writeFileSync(join(folder.path, 'lion.db'), 'This is no database. '.repeat(100));
    const ended = await cli(['run', 'x'], folder.path);
    expectOneClearLine(ended, /lion\.db is not a SQLite database/);
    expect(ended.code).toBe(1);
  });

  test('its URL is none', async () => {
    using folder = scratchFolder();
    const ended = await cli(['run', 'x'], folder.path, { LION_DATABASE_URL: 'postgres://here' });
    expectOneClearLine(ended, /LION_DATABASE_URL must be the path of a file/);
    expect(ended.code).toBe(1);
  });
});
