import { Prisma } from '../database/client.ts';
import type { Statements } from '../database/statements.ts';
import { operationKey, type BatchState } from './draft.ts';
import { addOperations, operationFields, quoted, selectOperation } from './journal-statements.ts';

/**
 * Adds to the state of a batch what has not ended of a session: of what no operation started, the first that is left after the
 * appends before; or all, children included.
 */
export function loadUnfinished(statements: Statements, state: BatchState, sessionId: string, which: 'FIRST' | 'ALL'): void {
  if (which === 'ALL') return addOperations(state, statements.queryEach(selectUnfinished, [[sessionId]]));
  for (let after = 0; ;) {
    const first = firstUnfinished(statements, sessionId, after);
    if (first === undefined) return;
    const known = state.operations.get(operationKey(sessionId, first));
    if (!known) return addOperations(state, statements.queryEach(selectOperation, [[sessionId, first]]));
    if (known.finishedAt === null) return;
    after = first;
  }
}

/**
 * Gives the operations that waited for others of their session their turn, where those have ended with this batch. To be called
 * once the batch is written.
 *
 * @returns whether there were any: then somebody has to be told that there is something to claim
 */
export function grantTurns(statements: Statements, state: BatchState, now: Date): boolean {
  const sessionIds = new Set<string>();
  for (const key of state.changedOperations) {
    const { sessionId, parent, finishedAt } = state.operations.get(key)!;
    if (parent === null && finishedAt !== null && state.sessions.get(sessionId)!.unfinished > 0) sessionIds.add(sessionId);
  }
  let granted = false;
  for (const sessionId of sessionIds) {
    const first = firstUnfinished(statements, sessionId, 0);
    if (first === undefined) continue;
    const changed = statements.execute(Prisma.sql`
      UPDATE "Operation" SET "readyAt" = ${now}
      WHERE "sessionId" = ${sessionId} AND "number" = ${first} AND "readyAt" IS NULL`);
    granted ||= changed > 0;
  }
  return granted;
}

/** The lowest number above `after` of what has not ended and no operation started. */
function firstUnfinished(statements: Statements, sessionId: string, after: number): number | undefined {
  const each = [sessionId, after];
  const found = statements.queryEach<{ number: number | null }>(selectFirst, [[...each, ...each, ...each]]);
  const numbers = found.flatMap(({ number }) => (number === null ? [] : [number]));
  return numbers.length === 0 ? undefined : Math.min(...numbers);
}

/** Each branch takes but one look at the index, however many there are. */
const selectFirst = ['QUEUED', 'RUNNING', 'WAITING']
  .map(
    (status) => `SELECT MIN("number") AS "number" FROM "Operation"
      WHERE "sessionId" = ? AND "parent" IS NULL AND "status" = '${status}' AND "number" > ?`,
  )
  .join(' UNION ALL ');

const selectUnfinished = `
  WITH RECURSIVE tree(s, n) AS (
    SELECT "sessionId", "number" FROM "Operation"
    WHERE "sessionId" = ? AND "parent" IS NULL AND "status" IN ('QUEUED', 'RUNNING', 'WAITING')
    UNION
    SELECT "sessionId", "number" FROM "Operation" JOIN tree ON "sessionId" = s AND "parent" = n
    WHERE "status" IN ('QUEUED', 'RUNNING', 'WAITING')
  )
  SELECT ${quoted(operationFields).join(', ')} FROM tree CROSS JOIN "Operation" ON "sessionId" = s AND "number" = n`;
