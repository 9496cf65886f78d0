import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { createClient, type Client } from '../../src/client/index.ts';
import { cli, startCli } from '../cli/cli.ts';
import { until } from '../support/api.ts';
import { expectWhole, type Shown } from '../support/history.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';

const clientOf = ({ url, key }: ServerProcess): Client => createClient({ url, key, webSocketImpl: WebSocket });

/** What was begun and not finished, beside a file. */
const unfinished = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.unfinished'));

/** Fails unless the file is a whole database in which each history is whole. @returns the ids of its sessions */
function expectSound(path: string): string[] {
  const database = new SQLite(path, { readonly: true });
  try {
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    const heads = database.prepare('SELECT "sessionId", "lastSeq" FROM "SessionHead"').all() as {
      sessionId: string;
      lastSeq: number;
    }[];
    const events = database.prepare('SELECT "seq", "type" FROM "Event" WHERE "sessionId" = ? ORDER BY "seq"');
    for (const { sessionId, lastSeq } of heads) expectWhole(events.all(sessionId) as Shown[], 0, lastSeq);
    return heads.map(({ sessionId }) => sessionId);
  } finally {
    database.close();
  }
}

/** A database with some MB in it, which nobody works with. */
async function largeDatabase(folder: string): Promise<void> {
  const server = await startServer(folder);
  await server.kill('SIGTERM');
  const database = new SQLite(join(folder, 'lion.db'));
  database.exec(`
    INSERT INTO "Session" ("id", "projectId", "metadata", "createdAt")
      SELECT 'ses_large', "id", '{}', '2026-11-25T00:00:00.000+00:00' FROM "Project";
    INSERT INTO "SessionHead" ("sessionId", "lastSeq", "lastOperation", "unfinished") VALUES ('ses_large', 20000, 0, 0);
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000)
      INSERT INTO "Event" ("sessionId", "seq", "type", "version", "at", "operation", "payload")
      SELECT 'ses_large', n, 'DataEmitted', 1, '2026-11-25T00:00:00.000+00:00', NULL,
        '{"name":"x","data":"' || hex(randomblob(300)) || '"}' FROM numbers;`);
  database.close();
}

it('a backup taken under load is whole, and a server that it is restored for serves it', { timeout: 120_000 }, async () => {
  using scratch = scratchFolder();
  const [home, other] = [join(scratch.path, 'home'), join(scratch.path, 'other')];
  mkdirSync(home);
  mkdirSync(other);
  const backup = join(scratch.path, 'copy.db');
  const server = await startServer(home);
  const client = clientOf(server);
  const done: string[] = [];
  const stop = new AbortController();
  // Also where the test fails.
  const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(60_000)]);
  const load = Promise.all(
    Array.from({ length: 4 }, async () => {
      while (!signal.aborted) done.push((await client.perform({ instruction: 'Say something' }, { waitMs: 30_000 })).id);
    }),
  );
  await until('there is something', () => done.length >= 20);
  const doneBefore = [...done];
  const { code, stdout, stderr } = await cli(['backup', backup], home);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    /^Wrote \S*copy\.db: [\d.]+ MB with [\d,]+ sessions, [\d,]+ operations and [\d,]+ events, as \S*lion\.db was/,
  );
  const doneAfter = done.length;
  await until('the work goes on', () => done.length > doneAfter + 4);
  stop.abort();
  await load;
  await client.close();
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  expectSound(backup);

  // Not over a database that a server works with, whatever is asked for.
  for (const force of [[], ['--force']]) {
    const refused = await cli(['restore', backup, ...force], home);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`is held by the Lion with process id ${server.pid}`);
  }
  await server.kill();

  expect(await cli(['restore', backup], other)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Restored \S*other\/lion\.db: [\d.]+ MB with /) as string,
  });
  writeFileSync(join(other, 'lion.db.key'), readFileSync(join(home, 'lion.db.key')));
  await using restored = await startServer(other);
  const reader = clientOf(restored);
  for (const id of doneBefore) expect(await reader.operation(id)).toMatchObject({ status: 'SUCCEEDED' });
  // What was under way then is taken up.
  await until('nothing is unfinished', async () => {
    const { operations } = await reader.query<{ operations: { nodes: unknown[] } }>(
      '{ operations(filter: { status: [QUEUED, RUNNING] }) { nodes { id } } }',
    );
    return operations.nodes.length === 0;
  });
  await reader.close();
  expect(unfinished(scratch.path)).toEqual([]);
});

describe('a backup is there as a whole or not at all', () => {
  it('also when lion backup is killed', { timeout: 60_000 }, async () => {
    using scratch = scratchFolder();
    const folder = scratch.path;
    await largeDatabase(folder);
    const backup = startCli(['backup', 'copy.db'], folder);
    await until('it has begun', () => unfinished(folder).length > 0);
    backup.process.kill('SIGKILL');
    await backup.ended;
    if (existsSync(join(folder, 'copy.db'))) expect(expectSound(join(folder, 'copy.db'))).toEqual(['ses_large']);
    // The next one is not in its way.
    expect((await cli(['backup', 'second.db'], folder)).code).toBe(0);
    expect(expectSound(join(folder, 'second.db'))).toEqual(['ses_large']);
    // What is there stays, unless that is asked for.
    const refused = await cli(['backup', 'second.db'], folder);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('is there already. Give --force') as string });
    expect((await cli(['backup', 'second.db', '--force'], folder)).code).toBe(0);
    expect((await cli(['backup', 'lion.db', '--force'], folder)).stderr).toContain('it is the database itself');
    expect((await cli(['backup', '.', '--force'], folder)).stderr).toContain('it is a folder. Name a file in it.');
    expect((await cli(['backup', 'no/folder/copy.db'], folder)).stderr).toContain('it cannot be written');
    expect((await cli(['backup', 'x.db'], folder, { LION_DATABASE_URL: 'file:none.db' })).stderr).toContain('there is none');
    expect(existsSync(join(folder, 'none.db'))).toBe(false);
  });

  it('and a database that is restored, too', { timeout: 60_000 }, async () => {
    using scratch = scratchFolder();
    const folder = scratch.path;
    const database = join(folder, 'lion.db');
    await largeDatabase(folder);
    expect((await cli(['backup', 'copy.db'], folder)).code).toBe(0);
    // What is there now differs, and some of it is in its log only.
    const live = await startServer(folder);
    const client = clientOf(live);
    await client.deleteSession('ses_large').catch(() => {});
    const session = await client.createSession({ title: 'Newer' });
    await client.close();
    await live.kill();
    const before = expectSound(database);
    expect(before).toContain(session.id);

    const refused = await cli(['restore', 'copy.db'], folder);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('is there already. Give --force') as string });
    const restoring = startCli(['restore', 'copy.db', '--force'], folder);
    await until('it has begun', () => unfinished(folder).length > 0 || restoring.process.exitCode !== null);
    restoring.process.kill('SIGKILL');
    await restoring.ended;
    const after = expectSound(database);
    expect([before, ['ses_large']]).toContainEqual(after);

    const { code } = await cli(['restore', 'copy.db', '--force'], folder);
    expect(code).toBe(0);
    expect(expectSound(database)).toEqual(['ses_large']);
    await using restored = await startServer(folder);
    const reader = clientOf(restored);
    expect((await reader.query<{ sessions: { nodes: unknown[] } }>('{ sessions { nodes { id } } }')).sessions.nodes).toEqual([
      { id: 'ses_large' },
    ]);
    await reader.close();
  });
});

it('what cannot be restored is refused, and changes nothing', { timeout: 60_000 }, async () => {
  using scratch = scratchFolder();
  const folder = scratch.path;
  const inFolder = (name: string): string => join(folder, name);
  await largeDatabase(folder);
  const url = { LION_DATABASE_URL: `file:${inFolder('target.db')}` };
  expect((await cli(['backup', 'copy.db'], folder)).code).toBe(0);
  const copy = readFileSync(inFolder('copy.db'));

  writeFileSync(inFolder('text.db'), 'No database at all, though it has some length to it. '.repeat(100));
  writeFileSync(inFolder('cut.db'), copy);
  truncateSync(inFolder('cut.db'), copy.length - 4096 * 100);
  const torn = Buffer.from(copy);
  torn.fill(0x5a, 4096 * 20, 4096 * 60);
  writeFileSync(inFolder('torn.db'), torn);
  const foreign = new SQLite(inFolder('foreign.db'));
  foreign.exec('CREATE TABLE "Note" ("text" TEXT)');
  foreign.close();
  writeFileSync(inFolder('empty.db'), '');
  writeFileSync(inFolder('newer.db'), copy);
  const newer = new SQLite(inFolder('newer.db'));
  newer.exec(`INSERT INTO "_prisma_migrations" ("id", "checksum", "finished_at", "migration_name", "applied_steps_count")
    VALUES ('x', 'x', 1, '99990101000000_of_tomorrow', 1)`);
  newer.close();

  for (const [name, why] of [
    ['text.db', 'it is damaged, or no SQLite database'],
    ['cut.db', 'it is damaged'],
    ['torn.db', 'it is damaged'],
    ['foreign.db', 'it holds tables of another program'],
    ['empty.db', 'it is not a database of Lion'],
    ['newer.db', 'it was last used by a newer Lion'],
    ['none.db', 'there is no such file'],
  ]) {
    const { code, stderr } = await cli(['restore', name!, '--force'], folder, url);
    expect([name, code, stderr]).toEqual([name, 1, expect.stringContaining(why!)]);
    expect(stderr).not.toContain('unfinished');
    expect(existsSync(inFolder('target.db'))).toBe(false);
  }
  expect(unfinished(folder)).toEqual([]);
  // The log of a database that is gone is not taken for that of the restored one.
  writeFileSync(inFolder('target.db-wal'), copy.subarray(0, 8192));
  expect((await cli(['restore', 'copy.db'], folder, url)).code).toBe(0);
  expect(expectSound(inFolder('target.db'))).toEqual(['ses_large']);
});
