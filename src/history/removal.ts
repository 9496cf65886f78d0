import { Prisma } from '../database/client.ts';
import { storedTime, type Statements } from '../database/statements.ts';

/** The project of what is deleted and kept for its forks: nobody's. */
const nobody = '';

/**
 * Deletes a session with all that belongs to it. Of what forks share, the rows stay until the last of them is deleted, where nobody
 * but these forks sees them; this can be the one, and then the rows go that only it needed.
 */
export function removeSession(statements: Statements, sessionId: string): void {
  if (needOf(statements, sessionId)) {
    hide(statements, sessionId);
    trim(statements, sessionId);
  } else remove(statements, sessionId);
}

/** Up to where the forks of a session share its past. @returns undefined when there is none */
function needOf(statements: Statements, sessionId: string): { seq: number; operation: number } | undefined {
  const [need] = statements.query<{ seq: number; operation: number }>(
    Prisma.sql`SELECT "seq", "operation" FROM "Fork" WHERE "parentId" = ${sessionId} ORDER BY "seq" DESC LIMIT 1`,
  );
  return need;
}

function remove(statements: Statements, sessionId: string): void {
  const [fork] = statements.query<{ parentId: string }>(
    Prisma.sql`SELECT "parentId" FROM "Fork" WHERE "sessionId" = ${sessionId}`,
  );
  statements.execute(Prisma.sql`DELETE FROM "Session" WHERE "id" = ${sessionId}`);
  if (!fork || !isHidden(statements, fork.parentId)) return;
  if (needOf(statements, fork.parentId)) trim(statements, fork.parentId);
  else remove(statements, fork.parentId);
}

function isHidden(statements: Statements, sessionId: string): boolean {
  return (
    statements.query(Prisma.sql`
      SELECT 1 FROM "Session" WHERE "id" = ${sessionId} AND NOT EXISTS (SELECT 1 FROM "SessionHead" WHERE "sessionId" = "Session"."id")`)
      .length > 0
  );
}

/** Leaves of a session what only its forks find: no project has it, nothing can be appended to it, and nothing in it is executed. */
function hide(statements: Statements, sessionId: string): void {
  statements.execute(Prisma.sql`DELETE FROM "SessionHead" WHERE "sessionId" = ${sessionId}`);
  statements.execute(Prisma.sql`DELETE FROM "IdempotencyKey" WHERE "sessionId" = ${sessionId}`);
  statements.execute(
    Prisma.sql`UPDATE "Session" SET "projectId" = ${nobody}, "title" = NULL, "metadata" = '{}' WHERE "id" = ${sessionId}`,
  );
  statements.execute(Prisma.sql`UPDATE "Operation" SET "projectId" = ${nobody} WHERE "sessionId" = ${sessionId}`);
  // Where these were cut off, forks keep how they stood.
  statements.execute(Prisma.sql`
    UPDATE "Operation" SET "status" = 'CANCELLED', "nodeId" = NULL, "finishedAt" = ${storedTime(new Date())}
    WHERE "sessionId" = ${sessionId} AND "status" NOT IN ('SUCCEEDED', 'FAILED', 'CANCELLED')`);
}

/** Deletes what no fork needs of a session that is hidden. */
function trim(statements: Statements, sessionId: string): void {
  const need = needOf(statements, sessionId);
  if (!need) return;
  statements.execute(Prisma.sql`DELETE FROM "Event" WHERE "sessionId" = ${sessionId} AND "seq" > ${need.seq}`);
  statements.execute(Prisma.sql`DELETE FROM "Operation" WHERE "sessionId" = ${sessionId} AND "number" > ${need.operation}`);
}
