import { Prisma } from '../database/client.ts';
import type { Piece } from '../database/pieces.ts';
import { storedTime, type Statements } from '../database/statements.ts';
import type { SessionId } from '../ids.ts';
import { nobody, outlivedSessions, removableSessions } from './what-may-go.ts';

/** How many rows are removed at a time. */
const unit = 20;

/**
 * Deletes a session for all who could see it: it is nobody's, takes no append, and what was unfinished in it is cancelled. Its rows
 * are there until `removal` has removed them.
 */
export function takeAway(statements: Statements, sessionId: string, at: Date): void {
  statements.execute(Prisma.sql`DELETE FROM "SessionHead" WHERE "sessionId" = ${sessionId}`);
  statements.execute(Prisma.sql`UPDATE "Session" SET "projectId" = ${nobody} WHERE "id" = ${sessionId}`);
  statements.execute(Prisma.sql`
    UPDATE "Operation" SET "status" = 'CANCELLED', "nodeId" = NULL, "finishedAt" = ${storedTime(at)}
    WHERE "sessionId" = ${sessionId} AND "status" IN ('QUEUED', 'RUNNING', 'WAITING')`);
  statements.execute(Prisma.sql`DELETE FROM "Wait" WHERE "sessionId" = ${sessionId} AND "endedAt" IS NULL`);
}

/** Deletes the operations of sessions that were taken away for all who could see them, and frees their idempotency keys. */
export function hiding(sessionId?: SessionId): Piece {
  return (statements, isOver) => {
    const { query } = statements;
    const sessions =
      sessionId === undefined
        ? query<{ id: string }>(Prisma.sql`SELECT "id" FROM "Session" WHERE "projectId" = ${nobody}`).map(({ id }) => id)
        : [sessionId];
    return sessions.some((id) => hideOperations(statements, id, isOver));
  };
}

/** @returns whether there are more */
function hideOperations(statements: Statements, sessionId: string, isOver: () => boolean): boolean {
  do {
    const operations = statements
      .query<{ number: number }>(
        Prisma.sql`
          SELECT "number" FROM "Operation" WHERE "sessionId" = ${sessionId} AND "projectId" <> ${nobody}
          ORDER BY "number" LIMIT ${unit}`,
      )
      .map(({ number }) => number);
    if (operations.length === 0) return false;
    const [first, last] = [operations[0]!, operations.at(-1)!];
    statements.execute(Prisma.sql`
      UPDATE "Operation" SET "projectId" = ${nobody}, "prunedAt" = COALESCE("prunedAt", "finishedAt")
      WHERE "sessionId" = ${sessionId} AND "number" BETWEEN ${first} AND ${last}`);
    statements.execute(Prisma.sql`
      DELETE FROM "IdempotencyKey" WHERE "sessionId" = ${sessionId} AND "operation" BETWEEN ${first} AND ${last}`);
  } while (!isOver());
  return true;
}

/** Removes the rows of the sessions that were taken away. @returns a piece of that work, to be done until there is no more */
export function removal(): Piece {
  return (statements, isOver) => {
    do {
      const session = statements.query<{ id: string }>(
        Prisma.sql`SELECT "id" FROM "Session" WHERE ${removableSessions} ORDER BY "id" LIMIT 1`,
      )[0];
      if (!session) return false;
      if (hideOperations(statements, session.id, isOver) || !removeRows(statements, session.id, isOver)) return true;
    } while (!isOver());
    return true;
  };
}

/**
 * Deletes the sessions that expired before a moment, and removes them.
 *
 * @param onTakenAway told of each, within the transaction
 * @returns a piece of that work, to be done until there is no more
 */
export function removalOfOutlived(
  { expiredBefore, at }: { expiredBefore: Date; at: Date },
  onTakenAway: (sessionId: SessionId) => void,
): Piece {
  const remove = removal();
  return (statements, isOver) => {
    while (!remove(statements, isOver)) {
      const session = statements.query<{ sessionId: SessionId }>(Prisma.sql`
        SELECT "sessionId" FROM "SessionHead" WHERE ${outlivedSessions(storedTime(expiredBefore)!)} ORDER BY "expiresAt" LIMIT 1`)[0];
      if (!session) return false;
      takeAway(statements, session.sessionId, at);
      onTakenAway(session.sessionId);
    }
    return true;
  };
}

/** @returns whether nothing is left of the session */
function removeRows(statements: Statements, sessionId: string, isOver: () => boolean): boolean {
  const { execute, query } = statements;
  const removeEvents = Prisma.sql`
    DELETE FROM "Event" WHERE "sessionId" = ${sessionId} AND "seq" IN (
      SELECT "seq" FROM "Event" WHERE "sessionId" = ${sessionId} ORDER BY "seq" LIMIT ${unit})`;
  while (execute(removeEvents) > 0) if (isOver()) return false;
  for (;;) {
    // Those that others point to come last: parents, and what was tried again.
    const [last] = query<{ number: number }>(
      Prisma.sql`SELECT "number" FROM "Operation" WHERE "sessionId" = ${sessionId} ORDER BY "number" DESC LIMIT 1`,
    );
    if (!last) break;
    const removeSteps = Prisma.sql`
      DELETE FROM "Step" WHERE "sessionId" = ${sessionId} AND "operation" = ${last.number} AND "name" IN (
        SELECT "name" FROM "Step" WHERE "sessionId" = ${sessionId} AND "operation" = ${last.number} LIMIT ${unit})`;
    while (execute(removeSteps) > 0) if (isOver()) return false;
    execute(Prisma.sql`DELETE FROM "Operation" WHERE "sessionId" = ${sessionId} AND "number" = ${last.number}`);
    if (isOver()) return false;
  }
  execute(Prisma.sql`DELETE FROM "Session" WHERE "id" = ${sessionId}`);
  return true;
}
