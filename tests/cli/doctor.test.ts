import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { createClient } from '../../src/client/index.ts';
import { copyOf, damage, makeHealthy, rowsOf, type Healthy } from '../doctor/healthy.ts';
import { until } from '../support/api.ts';
import { scratchFolder } from '../support/scratch.ts';
import { kindsServer, startServer } from '../support/server-process.ts';
import { cli } from './cli.ts';

const scratch = scratchFolder();
const healthyPath = join(scratch.path, 'lion.db');
let healthy: Healthy;

beforeAll(async () => {
  healthy = await makeHealthy(scratch.path);
}, 60_000);
afterAll(() => scratch[Symbol.dispose]());

test(
  'says what it found, where, and what to do; mends after a backup; and ends with 0, 1 or 2',
  { timeout: 60_000 },
  async () => {
    const folder = join(scratch.path, 'one');
    const path = copyOf(healthyPath, folder);
    expect(await cli(['doctor'], folder)).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^\S*lion\.db: [\d,]+ sessions, [\d,]+ operations, [\d,]+ events, \d+ checks\.\n\nSound\.\n$/,
      ) as string,
      stderr: '',
    });

    damage(
      path,
      `UPDATE "Operation" SET "emits" = 7 WHERE "kind" = 'work';
     UPDATE "SessionHead" SET "lastOperation" = 70 WHERE "sessionId" = '${healthy.main}'`,
    );
    const before = rowsOf(path);
    const found = await cli(['doctor'], folder);
    expect(found.code).toBe(1);
    expect(found.stdout).toContain(
      'fault  operation-emits (3, can be mended): An operation counts the emits that its history has.',
    );
    expect(found.stdout).toContain(`         ${healthy.worked}: it counts 7 emits, and its history has 1\n`);
    expect(found.stdout).toContain(`fault  last-operation (1, cannot be mended): `);
    expect(found.stdout).toContain(`         ${healthy.main}: it says that its last operation is 70, `);
    expect(found.stdout).toContain('restore a backup from before');
    expect(found.stdout).toMatch(
      /\n\nFaults: 4\. lion doctor --mend mends 3 of them\. What cannot be mended without guessing: 1\.\n$/,
    );
    const { code, stdout } = await cli(['doctor', '--json'], folder);
    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      expect.objectContaining({
        database: path,
        isSound: false,
        heldBy: null,
        findings: expect.arrayContaining([
          expect.objectContaining({
            check: 'last-operation',
            severity: 'FAULT',
            count: 1,
            mendable: 0,
            examples: [{ sessionId: healthy.main, operationId: null, seq: null, what: expect.any(String) as string }],
          }),
        ]) as unknown,
      }),
    ]);
    expect(rowsOf(path)).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.includes('before-mend'))).toEqual([]);

    const mended = await cli(['doctor', '--mend'], folder);
    expect(mended.code).toBe(1);
    const [, backup] = /Wrote (\S*lion-before-mend-\d{8}T\d{6}Z(?:-\d+)?\.db), with all that was there before\./.exec(
      mended.stdout,
    )!;
    expect(rowsOf(backup!)).toEqual(before);
    expect(mended.stdout).toMatch(/\n\nFaults: 1\. What cannot be mended without guessing was left as it is: 1\.\n$/);

    // Once there is nothing more to mend, no other backup is written.
    const again = await cli(['doctor', '--mend', '--json'], folder);
    expect(JSON.parse(again.stdout)).toMatchObject({ isSound: false, backup: null });
    damage(path, `UPDATE "SessionHead" SET "lastOperation" = 1`);
    const whole = await cli(['doctor', '--mend', '--json'], folder);
    expect([whole.code, JSON.parse(whole.stdout)]).toMatchObject([
      0,
      { isSound: true, backup: expect.stringContaining('before-mend') as string, before: [{ check: 'last-operation' }] },
    ]);
  },
);

test('what cannot be looked at ends with 2, says why, and is not touched', { timeout: 60_000 }, async () => {
  const folder = join(scratch.path, 'two');
  const path = copyOf(healthyPath, folder);
  const inFolder = (name: string): string => join(folder, name);
  writeFileSync(inFolder('text.db'), 'No database at all, though it has some length to it. '.repeat(100));
  writeFileSync(inFolder('empty.db'), '');
  copyFileSync(path, inFolder('newer.db'));
  damage(
    inFolder('newer.db'),
    `INSERT INTO "_prisma_migrations" ("id", "checksum", "finished_at", "migration_name", "applied_steps_count")
     VALUES ('x', 'x', 1, '99990101000000_of_tomorrow', 1)`,
  );
  copyFileSync(path, inFolder('older.db'));
  damage(inFolder('older.db'), `DELETE FROM "_prisma_migrations" WHERE "migration_name" LIKE '%delta_retention'`);
  for (const [name, why] of [
    ['none.db', 'there is none'],
    ['text.db', 'is not a SQLite database'],
    ['empty.db', 'it is empty'],
    ['newer.db', 'it was last used by a newer Lion'],
    ['older.db', 'it is of an older Lion (its migration 20261125175500_delta_retention is missing)'],
  ] as const) {
    const before = existsSync(inFolder(name)) && readFileSync(inFolder(name));
    for (const options of [[], ['--mend']]) {
      const { code, stdout, stderr } = await cli(['doctor', ...options], folder, { LION_DATABASE_URL: `file:${inFolder(name)}` });
      expect([name, code, stdout, stderr]).toEqual([name, 2, '', expect.stringContaining(why)]);
      expect(stderr).toMatch(/^lion: The database [^\n]+\n$/);
    }
    expect(existsSync(inFolder(name)) && readFileSync(inFolder(name))).toEqual(before);
  }
  expect((await cli(['doctor', '--no-such'], folder)).code).toBe(2);
});

test(
  'looks at a database that a busy server works with, mends nothing in it, and finds it sound after kill -9',
  { timeout: 120_000 },
  async () => {
    using home = scratchFolder();
    const folder = home.path;
    const path = join(folder, 'lion.db');
    const start = `mutation($input: ToilInput!) { toil(input: $input) { ... on Operation { id } } }`;
    for (let round = 1; round <= 3; round++) {
      const server = await startServer(folder, {}, kindsServer);
      const client = createClient({ url: server.url, key: server.key, webSocketImpl: WebSocket });
      const begin = () => client.query(start, { input: { steps: 20, stepMs: 5, children: 2 } });
      await Promise.all(Array.from({ length: 4 }, begin));
      const underWay = () => readFileSync(join(folder, 'done.log'), 'utf8').split('\n').length;
      await until('it is busy', () => existsSync(join(folder, 'done.log')) && underWay() > round * 60);
      if (round === 1) {
        const looked = await cli(['doctor', '--json'], folder);
        const report = JSON.parse(looked.stdout) as { heldBy: unknown; findings: unknown[] };
        expect(report).toMatchObject({ isSound: true, findings: [], heldBy: { pid: server.pid, address: server.url } });
        expect(looked.code).toBe(0);
        const refused = await cli(['doctor', '--mend'], folder);
        expect([refused.code, refused.stdout]).toEqual([2, '']);
        expect(refused.stderr).toContain(`is held by the Lion with process id ${server.pid}, which listens on ${server.url}`);
        await begin();
      }
      await client.close();
      await server.kill('SIGKILL');
      const { code, stdout } = await cli(['doctor'], folder);
      expect([code, stdout]).toEqual([0, expect.stringContaining('note   claim-of-former-lion')]);
      expect(stdout).toContain('The next one that is started goes on with them at once.');
      const database = new SQLite(path, { readonly: true });
      const running = database.prepare(`SELECT COUNT(*) FROM "Operation" WHERE "status" = 'RUNNING'`).pluck().get();
      database.close();
      expect(stdout).toContain(`claim-of-former-lion (${running as number})`);
    }
  },
);
