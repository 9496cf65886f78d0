import SQLite from 'better-sqlite3';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { inPieces } from '../../src/database/pieces.ts';
import { pruning } from '../../src/history/pruning.ts';
import { define } from '../../src/operations/definition.ts';
import { clientOf, fork } from '../forks/forking.ts';
import { openTestLion } from '../support/lion.ts';

/** What is small, whatever a database holds: they may be looked through. */
const small = new Set(['Project', 'Key', 'Budget', 'Reservation', '_prisma_migrations', 'sqlite_master', 'sqlite_schema']);

const family = define({
  kind: 'family',
  version: 1,
  description: 'Has children, sleeps, and emits.',
  input: z.object({ depth: z.int() }),
  output: z.object({ done: z.boolean() }),
  async execute({ input: { depth }, step, child, emit, sleep }) {
    await step('say', () => depth);
    await emit('depth', { depth });
    if (depth > 0) await Promise.all([child('family', { depth: depth - 1 }), child('family', { depth: depth - 1 })]);
    await sleep(1);
    return { done: true };
  },
});

it('no statement looks through a table that grows, whatever is done', async () => {
  const asked = new Set<string>();
  const prepare = vi.spyOn(SQLite.prototype, 'prepare');
  try {
    await using lion = await openTestLion({ definitions: [family], config: { sweepMs: 20, idempotencySeconds: 1 } });
    const client = clientOf(lion);
    const operation = await client.run(
      { instruction: 'Name a bakery', count: 3, execute: true },
      { idempotencyKey: 'once', waitMs: 30_000 },
    );
    const sessionId = operation.session.id;
    const made = await fork(lion, { id: sessionId });
    for (const onBusy of ['PARALLEL', 'QUEUE', 'CANCEL_PREVIOUS'] as const)
      await client.start('family', { depth: 2 }, { sessionId: made.id as string, onBusy, waitMs: 30_000 });
    const cancelled = await client.start('family', { depth: 2 }, { sessionId });
    await client.cancelOperation(cancelled.id);
    await client.retryOperation(cancelled.id);
    for await (const _ of client.followOperation(operation.id, { types: ['TextDelta', 'OperationSucceeded'] }));
    await lion.query(
      `{ session(id: "${sessionId}") { events(types: [StepStarted, TextDelta]) { nodes { seq } } planned: events(first: 5) { nodes { seq } } } }`,
    );
    await lion.query(
      '{ sessions { nodes { id } } operations(filter: { status: [SUCCEEDED] }) { nodes { id children { id } retries { id } } } }',
    );
    await inPieces(lion.lion.database, pruning(new Date()));
    await client.deleteSession(sessionId);
    await client.deleteSession(made.id as string);
    for (const [sql] of prepare.mock.calls) asked.add(sql);
    const database = new SQLite(lion.lion.database.path, { readonly: true });
    const through: string[] = [];
    for (const sql of asked) {
      if (/^SELECT \* FROM "\w+" LIMIT 1$/.test(sql) || !/^\s*(?:SELECT|UPDATE|DELETE|INSERT|WITH)\b/i.test(sql)) continue;
      const marks = sql.match(/\?/g)?.length ?? 0;
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...Array<null>(marks).fill(null)) as { detail: string }[];
      for (const { detail } of plan) {
        const table = /^SCAN (?!CONSTANT|\(|json_each)[`"]?(\w+)/.exec(detail)?.[1];
        if (table !== undefined && /^[A-Z]/.test(table) && !small.has(table)) through.push(`${detail}: ${sql}`);
      }
    }
    database.close();
    expect(asked.size).toBeGreaterThan(100);
    expect(through).toEqual([]);
  } finally {
    prepare.mockRestore();
  }
});
