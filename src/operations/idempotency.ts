import { Prisma, type Database } from '../database/client.ts';
import { storedTime } from '../database/statements.ts';

/** How many keys one transaction deletes at most: live work goes on in between. */
const batchSize = 500;

/**
 * Deletes the idempotency keys that were first used so long ago. That of an operation that has not ended is kept: a copy of its request
 * would do the work twice.
 *
 * @returns how many
 */
export async function sweepIdempotencyKeys(database: Database, keptSeconds: number): Promise<number> {
  const keptSince = storedTime(new Date(Date.now() - keptSeconds * 1000));
  let deleted = 0;
  for (;;) {
    const some = await database.commit(({ execute }) =>
      execute(Prisma.sql`
        DELETE FROM "IdempotencyKey" WHERE ("projectId", "key") IN (
          SELECT used."projectId", used."key" FROM "IdempotencyKey" AS used
          JOIN "Operation" ON "Operation"."sessionId" = used."sessionId" AND "Operation"."number" = used."operation"
          WHERE used."createdAt" <= ${keptSince} AND "finishedAt" IS NOT NULL
          ORDER BY used."createdAt" LIMIT ${batchSize})`),
    );
    deleted += some;
    if (some < batchSize) return deleted;
    // What waits to be written goes first.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
