import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { z } from 'zod';
import { inPieces } from '../../src/database/pieces.ts';
import { pruning } from '../../src/history/pruning.ts';
import { operationId, parseOperationId } from '../../src/ids.ts';
import { define } from '../../src/operations/definition.ts';
import { OperationError } from '../../src/operations/errors.ts';
import { perform } from '../../src/operations/perform.ts';
import { untilRemoved } from '../forks/forking.ts';
import { dataOf, until } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';

const output = z.object({ done: z.boolean() });

/** Works in a step, emits, and has a child; fails, where it is told to. */
const work = define({
  kind: 'work',
  version: 1,
  description: 'Works.',
  input: z.object({ fails: z.boolean().default(false) }),
  output,
  async execute({ input: { fails }, step, emit, child }) {
    await step('prepare', () => 1);
    await emit('prepared', { by: 'work' });
    await child(perform, { instruction: 'Say something' });
    if (fails) throw new OperationError({ code: 'NOT_YET', message: 'Not yet.', retryable: true });
    return { done: true };
  },
});

const ask = define({
  kind: 'ask',
  version: 1,
  description: 'Asks a person.',
  input: z.object({ urgent: z.boolean().default(false) }),
  output,
  async execute({ ask }) {
    return { done: await ask('go', { question: 'Go on?', schema: z.boolean() }) };
  },
});

const delegate = define({
  kind: 'delegate',
  version: 1,
  description: 'Has a child that asks a person.',
  input: z.object({ urgent: z.boolean().default(false) }),
  output,
  execute: ({ child }) => child(ask, { urgent: false }),
});

export const definitions = [work, ask, delegate];

/** The ids of what is in a healthy database. */
export type Healthy = Awaited<ReturnType<typeof makeHealthy>>;

/**
 * Makes a database with all that Lion can leave in one, by a real Lion, which is closed in the midst of work: runs with children,
 * failures and retries, waits, queues, prunings, forks, deletions.
 */
export async function makeHealthy(folder: string) {
  await using test = await openTestLion({ folder, definitions, leavesWork: true });
  const sessionOf = (id: string): string => parseOperationId(id)!.sessionId;
  const run = async (kind: string, input: object = {}, options: object = {}): Promise<string> => {
    const operation = await test.start(kind, { ...input }, { ...options });
    await test.follow(operation);
    return operation.id;
  };
  const speech = { instruction: 'Say something' };
  const spoken = await run('perform', speech, { idempotencyKey: 'once' });
  const main = sessionOf(spoken);
  const worked = await run('work', {}, { sessionId: main });
  const failed = await run('work', { fails: true }, { sessionId: main });
  const { retryOperation: retried } = dataOf(
    await test.query('mutation($id: ID!) { retryOperation(id: $id) { ... on Operation { id } } }', { id: failed }),
  );
  await test.follow(parseOperationId(retried.id)!);
  await inPieces(test.lion.database, pruning(new Date()));
  const last = await run('perform', speech, { sessionId: main });

  const fork = async (id: string, atSeq?: number): Promise<string> =>
    test.lion.sessions.fork(test.lion.defaultProjectId, id, atSeq === undefined ? {} : { atSeq });
  const forked = await fork(main);
  await run('perform', speech, { sessionId: forked });
  const deeper = await fork(forked);
  await run('perform', speech, { sessionId: deeper });
  // Of one that is deleted, what its fork shares is kept; of another, nothing.
  const kept = sessionOf(await run('perform', speech));
  await fork(kept, 5);
  for (const id of [kept, sessionOf(await run('work'))])
    await test.lion.sessions.delete({ projectId: test.lion.defaultProjectId }, id);
  await untilRemoved(test);

  await test.lion.budgets.set(test.lion.defaultProjectId, { scope: 'PROJECT', period: 'TOTAL', tokens: 1_000_000_000 });
  const budgets = [{ period: 'TOTAL' as const, tokens: 1_000_000 }];
  const budgeted = await test.lion.sessions.create(test.lion.defaultProjectId, { budgets });
  const thrifty = await run('perform', speech, { sessionId: budgeted, budget: { tokens: 100_000 } });

  const queue = await test.lion.sessions.create(test.lion.defaultProjectId, { onBusy: 'QUEUE', ttlSeconds: null });
  const asking = (await test.start('delegate', {}, { sessionId: queue, timeoutMs: 3_600_000 })).id;
  const queued = (await test.start('perform', speech, { sessionId: queue })).id;
  const { reader } = test.lion.database;
  await until('a person is waited for', async () => (await reader.operation.count({ where: { status: 'WAITING' } })) === 1);
  const asked = await reader.operation.findFirstOrThrow({ where: { status: 'WAITING' } });
  const seqOf = async (sessionId: string, type: string): Promise<number> =>
    (await reader.event.findFirstOrThrow({ where: { sessionId, type }, orderBy: { seq: 'asc' } })).seq;
  const childOf = async (id: string): Promise<string> => {
    const { sessionId, number } = parseOperationId(id)!;
    return operationId(sessionId, (await reader.operation.findFirstOrThrow({ where: { sessionId, parent: number } })).number);
  };
  return {
    main,
    spoken,
    worked,
    workedChild: await childOf(worked),
    failed,
    retried: retried.id as string,
    last,
    forked,
    deeper,
    kept,
    budgeted,
    thrifty,
    queue,
    asking,
    asked: operationId(asked.sessionId, asked.number),
    queued,
    pruned: await seqOf(main, 'EventsPruned'),
    lastSeq: (await reader.sessionHead.findUniqueOrThrow({ where: { sessionId: main } })).lastSeq,
  };
}

/** A copy of a database that nobody works with, in a folder of its own. @returns its path */
export function copyOf(from: string, folder: string): string {
  const path = join(folder, 'lion.db');
  mkdirSync(folder, { recursive: true });
  const database = new SQLite(from);
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
  copyFileSync(from, path);
  return path;
}

/** Does harm, as no Lion does it. */
export function damage(path: string, sql: string): void {
  const database = new SQLite(path);
  try {
    database.pragma('foreign_keys = OFF');
    database.exec(sql);
    database.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
}

/** All rows of all tables. */
export function rowsOf(path: string): Record<string, unknown[]> {
  const database = new SQLite(path, { readonly: true });
  try {
    const tables = database
      .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
      .pluck()
      .all() as string[];
    return Object.fromEntries(
      tables.map((table) => {
        const rows = database.prepare(`SELECT * FROM "${table}"`).all();
        return [table, rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))];
      }),
    );
  } finally {
    database.close();
  }
}

/** A Lion goes on with the database as if nothing had been: what waits is answered, what is queued has its turn, what is new works. */
export async function worksOn(folder: string, { asked, asking, queued, main }: Healthy): Promise<void> {
  await using test = await openTestLion({ folder, definitions, leavesWork: true, isMadeUp: true });
  const document = `mutation($input: AnswerOperationInput!) { answerOperation(input: $input) { __typename } }`;
  await test.query(document, { input: { operationId: asked, name: 'go', answer: true } });
  await ended(test, asking);
  await ended(test, queued);
  const { id } = await test.start('perform', { instruction: 'Say something' }, { sessionId: main });
  await ended(test, id);
  const unfinished = await test.lion.database.reader.operation.findMany({ where: { finishedAt: null } });
  if (unfinished.length > 0) throw new Error(`${unfinished.map(({ number }) => number).join()} have not ended`);
}

async function ended({ lion }: TestLion, id: string): Promise<void> {
  const { sessionId, number } = parseOperationId(id)!;
  const where = { sessionId_number: { sessionId, number } };
  await until(`${id} has ended`, async () => (await lion.database.reader.operation.findUnique({ where }))!.finishedAt !== null);
}
