import { Prisma } from '../database/client.ts';
import type { Piece } from '../database/pieces.ts';
import { storedTime } from '../database/statements.ts';

/** How many keys are deleted at a time. */
const unit = 50;

/**
 * Deletes the idempotency keys that were first used before a moment. That of an operation that has not ended is kept: a copy of its
 * request would do the work twice.
 *
 * @returns a piece of that work, to be done until there is no more
 */
export const removalOfIdempotencyKeys =
  (usedBefore: Date): Piece =>
  ({ execute }, isOver) => {
    do {
      const deleted = execute(Prisma.sql`
        DELETE FROM "IdempotencyKey" WHERE ("projectId", "key") IN (
          SELECT used."projectId", used."key" FROM "IdempotencyKey" AS used
          JOIN "Operation" ON "Operation"."sessionId" = used."sessionId" AND "Operation"."number" = used."operation"
          WHERE used."createdAt" <= ${storedTime(usedBefore)} AND "finishedAt" IS NOT NULL
          ORDER BY used."createdAt" LIMIT ${unit})`);
      if (deleted < unit) return false;
    } while (!isOver());
    return true;
  };
