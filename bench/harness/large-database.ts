import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import type { Bench } from './figure.ts';

const migrations = fileURLToPath(new URL('../../prisma/migrations/sqlite', import.meta.url));

const sizes = { full: { longHistory: 1_000_000, sessions: 200_000 }, quick: { longHistory: 10_000, sessions: 2_000 } };

/** One event in so many is of another type than the rest. */
export const rareEvery = 100;
export const rareType = 'SessionUpdated';

export interface LargeDatabase {
  path: string;
  /** With a history of 1,000,000 events. */
  long: { sessionId: string; lastSeq: number };
  /** With a history of 1,000. */
  short: { sessionId: string; lastSeq: number };
}

const sessionIdOf = (number: number): string => `ses_${String(number).padStart(26, '0')}00`;

/**
 * A database with 200,000 sessions of one operation each, a history of 1,000,000 events and one of 1,000. It is made once, by
 * SQL, and kept for the next run as long as the migrations are the same.
 */
export async function largeDatabase(bench: Bench): Promise<LargeDatabase> {
  const { longHistory, sessions } = sizes[bench.quick ? 'quick' : 'full'];
  const path = join(bench.cache, `large-${sessions}-${longHistory}-${fingerprint()}.db`);
  const large: LargeDatabase = {
    path,
    long: { sessionId: sessionIdOf(1), lastSeq: longHistory },
    short: { sessionId: sessionIdOf(2), lastSeq: 1000 },
  };
  if (existsSync(path)) return large;
  const unfinished = `${path}.unfinished`;
  const clear = (): void => {
    for (const end of ['', '-wal', '-shm', '.lock', '.lock-journal', '.lock.json']) rmSync(unfinished + end, { force: true });
  };
  clear();
  // Lion makes the tables, and the project.
  await using server = await bench.startServer('lion', { database: unfinished });
  await server[Symbol.asyncDispose]();
  fill(unfinished, sessions, large);
  renameSync(unfinished, path);
  clear();
  return large;
}

function fill(path: string, sessions: number, { long, short }: LargeDatabase): void {
  const database = new SQLite(path);
  try {
    database.pragma('synchronous = OFF');
    database.pragma('foreign_keys = OFF');
    const numbers = 'WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)';
    const sessionId = `printf('ses_%026d00', n)`;
    // A second apart.
    const at = (n: string): string => `strftime('%Y-%m-%dT%H:%M:%S.000+00:00', 1700000000 + ${n}, 'unixepoch')`;
    database.exec('BEGIN');
    database
      .prepare(
        `${numbers} INSERT INTO "Session" ("id", "projectId", "title", "metadata", "createdAt")
         SELECT ${sessionId}, (SELECT "id" FROM "Project" LIMIT 1), 'Session ' || n, '{}', ${at('n')} FROM numbers`,
      )
      .run(sessions);
    database
      .prepare(
        `${numbers} INSERT INTO "SessionHead" ("sessionId", "lastSeq", "lastOperation", "unfinished")
         SELECT ${sessionId}, 0, 1, 0 FROM numbers`,
      )
      .run(sessions);
    database
      .prepare(
        `${numbers} INSERT INTO "Operation" ("sessionId", "number", "projectId", "kind", "version", "status", "attempt", "crashes",
           "model", "input", "output", "emits", "inputTokens", "outputTokens", "cachedTokens", "reasoningTokens", "cost", "createdAt", "startedAt", "finishedAt")
         SELECT ${sessionId}, 1, (SELECT "id" FROM "Project" LIMIT 1), 'noop', 1, 'SUCCEEDED', 1, 0,
           'builtin', '{"label":"x"}', '{"label":"x"}', 0, 0, 0, 0, 0, 0, ${at('n')}, ${at('n')}, ${at('n')} FROM numbers`,
      )
      .run(sessions);
    const addEvents = database.prepare(
      `${numbers} INSERT INTO "Event" ("sessionId", "seq", "type", "version", "at", "operation", "payload")
       SELECT ?, n, iif(n % ${rareEvery} = 0, '${rareType}', 'DataEmitted'), 1, ${at('n')}, NULL,
         iif(n % ${rareEvery} = 0, '{"title":"Session","metadata":{},"expiresAt":null}', '{"name":"token","data":{"text":"some sixty letters as a delta of a language model has them"}}')
       FROM numbers`,
    );
    const setEnd = database.prepare('UPDATE "SessionHead" SET "lastSeq" = ? WHERE "sessionId" = ?');
    for (const { sessionId: id, lastSeq } of [long, short]) {
      addEvents.run(lastSeq, id);
      setEnd.run(lastSeq, id);
    }
    database.exec('COMMIT');
    database.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
}

/** Of all migrations: other tables need another database. */
function fingerprint(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(migrations).toSorted()) {
    const file = join(migrations, name, 'migration.sql');
    if (existsSync(file)) hash.update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 12);
}
