import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { createClient } from '../../src/client/index.ts';
import { migrate, migrationsFolder } from '../../src/database/migrate.ts';
import { until } from '../support/api.ts';
import { scratchFolder } from '../support/scratch.ts';
import { cliPath } from '../support/server-process.ts';
import { cli, startCli } from './cli.ts';

const folder = scratchFolder();
const migrations = readdirSync(migrationsFolder)
  .filter((name) => /^\d/.test(name))
  .toSorted();
const newest = migrations.at(-1)!;

/** Makes a database as the version before this one left it. */
function olderDatabase(name: string): string {
  const path = join(folder.path, name);
  mkdirSync(path);
  const older = join(path, 'migrations');
  cpSync(migrationsFolder, older, { recursive: true });
  rmSync(join(older, newest), { recursive: true });
  const database = new SQLite(join(path, 'lion.db'));
  migrate(database, { folder: older });
  database.close();
  return path;
}

let served: string;
beforeAll(async () => {
  served = join(folder.path, 'served');
  mkdirSync(served);
  await cli(['run', 'Name a bakery', '--json'], served);
});
afterAll(() => folder[Symbol.dispose]());

test('lion migrate says what is pending, applies it, and then finds nothing to do', async () => {
  const older = olderDatabase('older');
  const looked = await cli(['migrate', '--check'], older);
  expect(looked).toMatchObject({ code: 1, stderr: '' });
  expect(looked.stdout).toBe(
    `${join(older, 'lion.db')}: 1 migration pending\n  ${newest}\n\`lion migrate\` applies them, and so does \`lion serve\`.\n`,
  );
  expect(JSON.parse((await cli(['migrate', '--check', '--json'], older)).stdout)).toEqual({
    database: join(older, 'lion.db'),
    applied: migrations.slice(0, -1),
    pending: [newest],
  });
  expect(await cli(['migrate'], older)).toEqual({
    code: 0,
    stdout: `${join(older, 'lion.db')}: applied 1 migration\n  ${newest}\n`,
    stderr: '',
  });
  expect(await cli(['migrate', '--check'], older)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('has all') as string,
  });
  expect(JSON.parse((await cli(['migrate', '--json'], older)).stdout)).toEqual({
    database: join(older, 'lion.db'),
    applied: migrations,
    pending: [],
    appliedNow: [],
  });
  expect((await cli(['doctor'], older)).code).toBe(0);
});

test('lion migrate makes a database where there is none; to look makes none', async () => {
  const empty = join(folder.path, 'empty');
  mkdirSync(empty);
  const looked = await cli(['migrate', '--check', '--json'], empty);
  expect([looked.code, JSON.parse(looked.stdout)]).toEqual([1, expect.objectContaining({ applied: [], pending: migrations })]);
  expect(existsSync(join(empty, 'lion.db'))).toBe(false);
  expect((await cli(['migrate'], empty)).code).toBe(0);
  expect(existsSync(join(empty, 'lion.db'))).toBe(true);
});

test('serve, migrate, answer, backup, restore and doctor speak JSON; a database that is held is not migrated', async () => {
  const serving = startCli(['serve', '--json'], served, { LION_PORT: '0' });
  await serving.printed(/"url"/);
  const lines = serving.stdout().trim().split('\n');
  expect(lines).toHaveLength(1);
  const { url, ...said } = JSON.parse(lines[0]!) as { url: string };
  expect(said).toEqual({
    model: 'builtin',
    modelReason: expect.any(String) as string,
    database: join(served, 'lion.db'),
    keyFile: join(served, 'lion.db.key'),
    key: null,
  });

  const held = await cli(['migrate'], served);
  expect(held).toMatchObject({ code: 1, stdout: '' });
  expect(held.stderr).toMatch(new RegExp(`^lion: .*${serving.process.pid}`));

  const [key] = (await cli(['keys', '--json'], served)).stdout.match(/key_\w+/) ?? [];
  expect(key).toBeDefined();
  const { stdout: secret } = await cli(['keys', 'create', 'test', '--role', 'operator'], served);
  const client = createClient({ url, key: secret.trim(), webSocketImpl: WebSocket });
  const { id } = await client.select({ instruction: 'Go', choices: [{ id: 'north', label: 'North' }], by: 'PERSON' });
  await until('it asks', async () => (await client.operation(id))?.inputRequest != null);
  const asked = await cli(['answer', id, '--json'], served);
  expect([asked.stderr, JSON.parse(asked.stdout)]).toEqual(['', expect.objectContaining({ name: 'selection' })]);
  const answered = await cli(['answer', id, '{"selected": ["north"]}', '--json'], served);
  expect([answered.stderr, JSON.parse(answered.stdout)]).toEqual(['', expect.objectContaining({ id, kind: 'select' })]);
  await client.close();

  const contents = { bytes: expect.any(Number) as number, sessions: 2, operations: 5, events: expect.any(Number) as number };
  const copy = join(folder.path, 'copy.db');
  const backup = await cli(['backup', copy, '--json'], served);
  expect([backup.stderr, JSON.parse(backup.stdout)]).toEqual(['', { path: copy, ...contents }]);
  serving.process.kill('SIGTERM');
  expect((await serving.ended).code).toBe(0);
  const restored = await cli(['restore', copy, '--force', '--json'], served);
  expect([restored.stderr, JSON.parse(restored.stdout)]).toEqual(['', { path: join(served, 'lion.db'), ...contents }]);
  expect(JSON.parse((await cli(['doctor', '--json'], served)).stdout)).toMatchObject({ isSound: true });
});

const hasPython = spawnSync('python3', ['--version']).status === 0;
const missing = !hasPython && !process.env['CI'];
if (missing) console.warn('Left out: what is shown on a terminal of what takes long, as there is no Python on this machine.');

test.skipIf(missing)('what takes long says on a terminal how far it is, and leaves nothing of that', async () => {
  const onTerminal = (...args: string[]): string =>
    spawnSync(
      'python3',
      [
        '-c',
        'import pty, sys; pty.spawn(sys.argv[1:])',
        'sh',
        '-c',
        'stty rows 24 cols 80; exec "$@"',
        'sh',
        process.execPath,
        cliPath,
        ...args,
      ],
      {
        cwd: served,
        env: { ...process.env, TERM: 'xterm', LION_DATABASE_URL: 'file:lion.db' },
        encoding: 'utf8',
      },
    ).stdout;
  expect(onTerminal('doctor')).toMatch(/lion: check 1 of \d+: [^]*lion: check \d+ of \d+: [^]*Sound\.\r\n/);
  expect(onTerminal('backup', join(folder.path, 'seen.db'))).toMatch(
    /lion: copying: \d+ %[^]*lion: looking through the copy[^]*Wrote /,
  );
  const older = olderDatabase('shown');
  cpSync(join(older, 'lion.db'), join(served, 'lion.db'));
  expect(onTerminal('migrate')).toMatch(new RegExp(`lion: applying ${newest}[^]*applied 1 migration`));
  const piped = await cli(['doctor'], served);
  expect(piped.stderr).toBe('');
});
