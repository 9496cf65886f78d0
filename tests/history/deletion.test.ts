import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { Prisma } from '../../src/database/client.ts';
import type { Statements } from '../../src/database/statements.ts';
import type { SessionId } from '../../src/ids.ts';
import { dataOf, rowsOf, until } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import { fork, remove, untilRemoved } from '../forks/forking.ts';

const long = { sessionId: 'ses_0000000000000000000000000000' as SessionId, events: 20_000, operations: 500 };
const eventsOfExpired = 10;

/** Sessions that expired long ago, with an operation and ten events each, and one long one that has not. */
function fill(path: string, sessions: number): void {
  const database = new SQLite(path);
  database.pragma('synchronous = OFF');
  const at = `'2026-01-01T00:00:00.000+00:00'`;
  const numbers = (last: number): string =>
    `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${last})`;
  const idOf = (n: string): string => `printf('ses_%026d00', ${n})`;
  const operation = (id: string, number: string): string => `
    INSERT INTO "Operation" ("sessionId", "number", "projectId", "kind", "version", "status", "attempt", "crashes", "input", "emits",
      "inputTokens", "outputTokens", "cachedTokens", "reasoningTokens", "queuedSeq", "createdAt", "finishedAt")
    SELECT ${id}, ${number}, (SELECT "id" FROM "Project"), 'perform', 1, 'CANCELLED', 1, 0, '{}', 0, 0, 0, 0, 0, ${number}, ${at}, ${at} FROM numbers;`;
  // Each operation is queued first; the first of them says all the rest.
  const events = (id: string, seq: string, operations: number): string => `
    INSERT INTO "Event" ("sessionId", "seq", "type", "version", "at", "operation", "payload")
    SELECT ${id}, ${seq}, iif(${seq} <= ${operations}, 'OperationQueued', 'DataEmitted'), 1, ${at}, iif(${seq} <= ${operations}, ${seq}, 1), '{"name":"x","data":"${'x'.repeat(200)}"}' FROM numbers;`;
  database.exec(`
    BEGIN;
    INSERT INTO "Session" ("id", "projectId", "metadata", "createdAt") SELECT '${long.sessionId}', "id", '{}', ${at} FROM "Project";
    INSERT INTO "SessionHead" ("sessionId", "lastSeq", "lastOperation", "unfinished")
      VALUES ('${long.sessionId}', ${long.events}, ${long.operations}, 0);
    ${numbers(long.operations)} ${operation(`'${long.sessionId}'`, 'n')}
    ${numbers(long.events)} ${events(`'${long.sessionId}'`, 'n', long.operations)}
    ${numbers(sessions)} INSERT INTO "Session" ("id", "projectId", "metadata", "createdAt")
      SELECT ${idOf('n')}, (SELECT "id" FROM "Project"), '{}', ${at} FROM numbers;
    ${numbers(sessions)} INSERT INTO "SessionHead" ("sessionId", "lastSeq", "lastOperation", "unfinished", "ttlSeconds", "expiresAt", "expiredAt")
      SELECT ${idOf('n')}, ${eventsOfExpired}, 1, 0, 1, ${at}, ${at} FROM numbers;
    ${numbers(sessions)} ${operation(idOf('n'), '1')}
    ${numbers(sessions * eventsOfExpired)} ${events(idOf(`(n + ${eventsOfExpired - 1}) / ${eventsOfExpired}`), `((n - 1) % ${eventsOfExpired} + 1)`, 1)}
    COMMIT;`);
  database.close();
}

/** A database with such sessions, as a former process left it. */
async function filled(folder: string, sessions: number): Promise<string> {
  await (await openTestLion({ isMadeUp: true, folder }))[Symbol.asyncDispose]();
  const path = join(folder, 'lion.db');
  fill(path, sessions);
  return path;
}

/** More rows than any append of the test changes. */
const fewRows = 5;

/** Writes down, in order, how many rows each transaction changes, and when an append came through. */
function recordCommits({ lion }: TestLion) {
  const record: ('append' | number)[] = [];
  const { commit } = lion.database;
  const changes = ({ query }: Statements) => query<{ n: number }>(Prisma.sql`SELECT total_changes() AS n`)[0]!.n;
  lion.database.commit = (work) =>
    commit((statements) => {
      const before = changes(statements);
      const answer = work(statements);
      const changed = changes(statements) - before;
      if (changed > fewRows) record.push(changed);
      return answer;
    });
  return record;
}

it(
  'thousands of expired sessions and a long one with a fork are removed in small pieces: between any two, others write',
  { timeout: 120_000 },
  async () => {
    using scratch = scratchFolder();
    const sessions = 2000;
    const path = await filled(scratch.path, sessions);
    const bytes = (): number => statSync(path).size + (existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0);
    const before = bytes();

    await using test = await openTestLion({
      isMadeUp: true,
      folder: scratch.path,
      config: { sweepMs: 20, sessionRetentionSeconds: 0, deltaRetentionMs: null },
    });
    const record = recordCommits(test);
    const sessionId = await test.lion.sessions.create(test.lion.defaultProjectId, { ttlSeconds: null });
    const shared = 300;
    const made = await fork(test, { id: long.sessionId, atSeq: shared, ttlSeconds: null });
    expect(made).toMatchObject({ forkSeq: shared });
    let appends = 0;
    let isOver = false;
    const others = (async () => {
      while (!isOver) {
        await test.lion.journal.append({
          sessionId,
          decide: (draft) => draft.append({ type: 'DataEmitted', operation: null, payload: { name: 'live', data: appends } }),
        });
        appends++;
        record.push('append');
      }
    })();
    // Whoever asks does not wait for the rows: it is gone for all who look.
    expect(await remove(test, long.sessionId)).toBe('DeletedSession');
    expect((await rowsOf(test))['events']).toBeGreaterThan(shared * 10);
    const gone = dataOf(
      await test.query(
        `{ session(id: "${long.sessionId}") { id } operation(id: "op_${long.sessionId.slice(4)}_1") { id } sessions(last: 1) { nodes { id } } }`,
      ),
    );
    expect(gone).toMatchObject({ session: null, operation: null });
    expect(gone.sessions.nodes).not.toEqual([{ id: long.sessionId }]);

    // Itself, the fork, and the one that is kept for it are left.
    await until('all others are removed', async () => (await test.lion.database.reader.session.count()) === 3);
    await untilRemoved(test);
    isOver = true;
    await others;
    const { events, operations } = await rowsOf(test);
    // What the fork shares, and its own first event; what was appended, after a SessionCreated.
    expect(events).toBe(shared + 1 + appends + 1);
    expect(operations).toBe(shared);

    const pieces = record.filter((entry) => typeof entry === 'number');
    const removed = pieces.reduce((sum, rows) => sum + rows, 0);
    expect(removed).toBeGreaterThan(sessions * (eventsOfExpired + 3) + long.events - shared);
    // Each piece ends by its time: however fast the machine, that is a small part of all.
    expect(Math.max(...pieces) / removed).toBeLessThan(0.1);
    const whileOthersWrote = record.slice(record.indexOf('append'), record.lastIndexOf('append'));
    const inARow = whileOthersWrote
      .join(' ')
      .split('append')
      .map((between) => between.split(' ').filter(Boolean).length);
    // Two workers take turns with who appends; a machine that others keep busy may hold that one up now and then.
    const longer = inARow.filter((pieces) => pieces > 2).length;
    expect(longer / inARow.length).toBeLessThan(0.05);
    expect(Math.max(...inARow)).toBeLessThanOrEqual(10);
    expect(pieces.length).toBeGreaterThan(10);
    await until('the file has shrunk', () => bytes() < before / 3);
  },
);

it('a deletion that a crash interrupted is finished by the next start, before anything else', async () => {
  using scratch = scratchFolder();
  const path = await filled(scratch.path, 1);
  const database = new SQLite(path);
  // So far it came.
  database.exec(`
    DELETE FROM "SessionHead" WHERE "sessionId" = '${long.sessionId}';
    UPDATE "Session" SET "projectId" = '' WHERE "id" = '${long.sessionId}';
    UPDATE "Operation" SET "projectId" = '' WHERE "sessionId" = '${long.sessionId}' AND "number" <= 20;
    UPDATE "SessionHead" SET "expiresAt" = NULL, "expiredAt" = NULL;`);
  database.close();
  await using test = await openTestLion({ isMadeUp: true, folder: scratch.path, config: { sweepMs: 20 } });
  const { operations, sessions } = dataOf(
    await test.query('{ operations(first: 100) { nodes { id } } sessions { nodes { id } } }'),
  );
  expect([operations.nodes.length, sessions.nodes.length]).toEqual([1, 1]);
  await untilRemoved(test);
  expect(await rowsOf(test)).toMatchObject({ sessions: 1, operations: 1, events: eventsOfExpired });
});
