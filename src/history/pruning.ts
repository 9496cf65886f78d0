import { Prisma } from '../database/client.ts';
import type { Piece } from '../database/pieces.ts';
import { storedTime, type Statements } from '../database/statements.ts';
import type { OperationRef } from '../ids.ts';
import { eventVersion } from './event.ts';
import { prunableEvents, prunableOperations } from './what-may-go.ts';

/** How many events are looked at at a time. */
const unit = 100;

/**
 * Prunes the operations that ended before a moment: replaces each run of events that may go by one `EventsPruned`, and marks the
 * operation as pruned. A run is a maximal row of consecutive events: it may be of several operations, and grows together
 * with those that were pruned before.
 *
 * @returns a piece of that work, to be done until there is no more
 */
export function pruning(endedBefore: Date): Piece {
  /** How far the operation that is being pruned was looked at. A new process looks from its beginning again. */
  let current: (OperationRef & { after: number }) | undefined;
  return (statements, isOver) => {
    do {
      const operation = nextOperation(statements, endedBefore);
      if (!operation) return false;
      const { sessionId, number, status, queuedSeq, endedSeq } = operation;
      if (current?.sessionId !== sessionId || current.number !== number) current = { sessionId, number, after: queuedSeq - 1 };
      // Those of others, too: so as not to look for its own through all that lies in between.
      const events = statements.query<{ seq: number; mayGo: boolean }>(Prisma.sql`
        SELECT "seq", "operation" IS ${number} AND ${prunableEvents(status)} AS "mayGo" FROM "Event"
        WHERE "sessionId" = ${sessionId} AND "seq" > ${current.after} AND (${endedSeq} IS NULL OR "seq" <= ${endedSeq})
        ORDER BY "seq" LIMIT ${unit}`);
      for (const [first, last] of rowsOf(events.flatMap(({ seq, mayGo }) => (mayGo === 1 ? [seq] : [])))) {
        replace(statements, sessionId, first, last);
      }
      current.after = events.at(-1)?.seq ?? current.after;
      if (events.length < unit) {
        statements.execute(Prisma.sql`
          UPDATE "Operation" SET "prunedAt" = ${storedTime(new Date())} WHERE "sessionId" = ${sessionId} AND "number" = ${number}`);
      }
    } while (!isOver());
    return true;
  };
}

function nextOperation(statements: Statements, endedBefore: Date) {
  return statements.query<OperationRef & { status: string; queuedSeq: number; endedSeq: number | null }>(Prisma.sql`
    SELECT "sessionId", "number", "status", "queuedSeq", "endedSeq" FROM "Operation"
    WHERE ${prunableOperations(storedTime(endedBefore))} ORDER BY "finishedAt" LIMIT 1`)[0];
}

/** Rows of consecutive numbers: the first and the last of each. */
function rowsOf(numbers: readonly number[]): [first: number, last: number][] {
  const rows: [number, number][] = [];
  for (const number of numbers) {
    const row = rows.at(-1);
    if (row && row[1] + 1 === number) row[1] = number;
    else rows.push([number, number]);
  }
  return rows;
}

/** Puts one `EventsPruned` in the place of some consecutive events, and of the runs beside them. */
function replace(statements: Statements, sessionId: string, first: number, last: number): void {
  const beside = statements.query<{ seq: number; through: number }>(Prisma.sql`
    SELECT "seq", "payload" ->> 'through' AS "through" FROM "Event"
    WHERE "sessionId" = ${sessionId} AND "type" = 'EventsPruned' AND "seq" IN (
      (SELECT MAX("seq") FROM "Event" WHERE "sessionId" = ${sessionId} AND "seq" < ${first}), ${last + 1})`);
  const begin = Math.min(first, ...beside.map(({ seq }) => seq));
  const through = Math.max(last, ...beside.map((run) => run.through));
  statements.execute(Prisma.sql`
    DELETE FROM "Event" WHERE "sessionId" = ${sessionId} AND "seq" > ${begin} AND "seq" <= ${through}`);
  statements.execute(Prisma.sql`
    UPDATE "Event" SET "type" = 'EventsPruned', "version" = ${eventVersion('EventsPruned')}, "operation" = NULL,
      "payload" = ${JSON.stringify({ through })}
    WHERE "sessionId" = ${sessionId} AND "seq" = ${begin}`);
}
