import { Prisma } from '../database/client.ts';
import type { Piece } from '../database/pieces.ts';
import { storedTime, type Statements } from '../database/statements.ts';
import type { SessionId } from '../ids.ts';
import { closeLedgerOf } from './left-reservations.ts';
import { countOff } from './tally.ts';
import { beingRemoved, keptForForks, outlivedSessions } from './what-may-go.ts';

/** How many rows are removed at a time. */
const unit = 20;

/**
 * Deletes a session for all who could see it: it is nobody's, takes no append, and what was unfinished in it is cancelled. Its rows
 * are there until `removal` has removed them; what its forks share of them stays, where nobody but these forks finds it.
 */
export function takeAway(statements: Statements, sessionId: SessionId, at: Date): void {
  closeLedgerOf(statements, sessionId, at);
  countOff(statements, sessionId);
  statements.execute(Prisma.sql`DELETE FROM "SessionHead" WHERE "sessionId" = ${sessionId}`);
  statements.execute(
    Prisma.sql`UPDATE "Session" SET "projectId" = ${beingRemoved}, "title" = NULL, "metadata" = '{}' WHERE "id" = ${sessionId}`,
  );
  // Where these were cut off, forks keep how they stood.
  statements.execute(Prisma.sql`
    UPDATE "Operation" SET "status" = 'CANCELLED', "nodeId" = NULL, "readyAt" = NULL, "finishedAt" = ${storedTime(at)}
    WHERE "sessionId" = ${sessionId} AND "status" IN ('QUEUED', 'RUNNING', 'WAITING')`);
  statements.execute(Prisma.sql`DELETE FROM "Wait" WHERE "sessionId" = ${sessionId} AND "endedAt" IS NULL`);
}

/** Deletes the operations of sessions that were taken away for all who could see them, and frees their idempotency keys. */
export function hiding(sessionId?: SessionId): Piece {
  return (statements, isOver) => {
    const { query } = statements;
    const sessions =
      sessionId === undefined
        ? query<{ id: string }>(Prisma.sql`SELECT "id" FROM "Session" WHERE "projectId" = ${beingRemoved}`).map(({ id }) => id)
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
          SELECT "number" FROM "Operation" WHERE "sessionId" = ${sessionId} AND "projectId" <> ${beingRemoved}
          ORDER BY "number" LIMIT ${unit}`,
      )
      .map(({ number }) => number);
    if (operations.length === 0) return false;
    const [first, last] = [operations[0]!, operations.at(-1)!];
    statements.execute(Prisma.sql`
      UPDATE "Operation" SET "projectId" = ${beingRemoved}
      WHERE "sessionId" = ${sessionId} AND "number" BETWEEN ${first} AND ${last}`);
    statements.execute(Prisma.sql`
      DELETE FROM "IdempotencyKey" WHERE "sessionId" = ${sessionId} AND "operation" BETWEEN ${first} AND ${last}`);
  } while (!isOver());
  return true;
}

/**
 * Removes the rows of the sessions that were taken away, but for those that forks share.
 *
 * @returns a piece of that work, to be done until there is no more
 */
export function removal(): Piece {
  return (statements, isOver) => {
    do {
      const session = statements.query<{ id: string }>(
        Prisma.sql`SELECT "id" FROM "Session" WHERE "projectId" = ${beingRemoved} ORDER BY "id" LIMIT 1`,
      )[0];
      if (!session) return false;
      if (hideOperations(statements, session.id, isOver)) return true;
      const needed = neededOf(statements, session.id);
      if (!removeRows(statements, session.id, needed, isOver)) return true;
      if (needed) setProject(statements, session.id, keptForForks);
      else removeSession(statements, session.id);
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
        SELECT "sessionId" FROM "SessionHead" WHERE ${outlivedSessions(storedTime(expiredBefore))} ORDER BY "expiresAt" LIMIT 1`)[0];
      if (!session) return false;
      takeAway(statements, session.sessionId, at);
      onTakenAway(session.sessionId);
    }
    return true;
  };
}

/** The last event and the last operation of a session that forks of it share. */
interface Shared {
  seq: number;
  operation: number;
}

/** Up to where the forks of a session share its past. @returns undefined when there is none */
const neededOf = (statements: Statements, sessionId: string): Shared | undefined =>
  statements.query<Shared>(
    Prisma.sql`SELECT "seq", "operation" FROM "Fork" WHERE "parentId" = ${sessionId} ORDER BY "seq" DESC LIMIT 1`,
  )[0];

/** @param needed what stays @returns whether nothing is left but that */
function removeRows(
  { execute, query }: Statements,
  sessionId: string,
  { seq, operation }: Shared = { seq: 0, operation: 0 },
  isOver: () => boolean,
): boolean {
  const removeEvents = Prisma.sql`
    DELETE FROM "Event" WHERE "sessionId" = ${sessionId} AND "seq" IN (
      SELECT "seq" FROM "Event" WHERE "sessionId" = ${sessionId} AND "seq" > ${seq} ORDER BY "seq" LIMIT ${unit})`;
  while (execute(removeEvents) > 0) if (isOver()) return false;
  for (;;) {
    // Those that others point to come last: parents, and what was tried again.
    const [last] = query<{ number: number }>(Prisma.sql`
      SELECT "number" FROM "Operation" WHERE "sessionId" = ${sessionId} AND "number" > ${operation} ORDER BY "number" DESC LIMIT 1`);
    if (!last) return true;
    const removeSteps = Prisma.sql`
      DELETE FROM "Step" WHERE "sessionId" = ${sessionId} AND "operation" = ${last.number} AND "name" IN (
        SELECT "name" FROM "Step" WHERE "sessionId" = ${sessionId} AND "operation" = ${last.number} LIMIT ${unit})`;
    while (execute(removeSteps) > 0) if (isOver()) return false;
    execute(Prisma.sql`DELETE FROM "Operation" WHERE "sessionId" = ${sessionId} AND "number" = ${last.number}`);
    if (isOver()) return false;
  }
}

/** Removes what is left of a session. Where it was kept for this fork, less of the one that it was forked from is needed now. */
function removeSession(statements: Statements, sessionId: string): void {
  const fork = statements.query<{ parentId: string }>(
    Prisma.sql`SELECT "parentId" FROM "Fork" WHERE "sessionId" = ${sessionId}`,
  )[0];
  statements.execute(Prisma.sql`DELETE FROM "Session" WHERE "id" = ${sessionId}`);
  if (!fork) return;
  const isKept = Prisma.sql`SELECT 1 FROM "Session" WHERE "id" = ${fork.parentId} AND "projectId" = ${keptForForks}`;
  if (statements.query(isKept).length > 0) setProject(statements, fork.parentId, beingRemoved);
}

const setProject = ({ execute }: Statements, sessionId: string, projectId: string): void =>
  void execute(Prisma.sql`UPDATE "Session" SET "projectId" = ${projectId} WHERE "id" = ${sessionId}`);
