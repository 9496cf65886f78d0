import { Prisma, type Database } from '../database/client.ts';
import type { Survivor } from './suspects.ts';

/** An operation that was running when its process went down. */
export interface LeftBehind extends Survivor {
  /** Whether it did nothing but wait for children that wait for a person or a time themselves: the crash was not its doing. */
  onlyWaited: boolean;
}

/** What a former process left, children first. */
export async function readLeftBehind(database: Database): Promise<LeftBehind[]> {
  const found = await database.query<Survivor & { isIdle: boolean; hasWaiting: boolean }>(Prisma.sql`
    SELECT "sessionId", "number", "parent", "suspicion",
      NOT EXISTS (
        SELECT 1 FROM "Step" WHERE "Step"."sessionId" = "Operation"."sessionId" AND "operation" = "number" AND "recordedAt" IS NULL
      ) AS "isIdle",
      EXISTS (
        SELECT 1 FROM "Operation" AS "child" WHERE "child"."sessionId" = "Operation"."sessionId"
          AND "child"."parent" = "Operation"."number" AND "child"."status" = 'WAITING'
      ) AS "hasWaiting"
    FROM "Operation" WHERE "status" = 'RUNNING' ORDER BY "number" DESC`);
  const parentsOfWaiting = new Set<string>();
  return found.map(({ isIdle, hasWaiting, ...operation }) => {
    const { sessionId, number, parent } = operation;
    const onlyWaited = isIdle !== 0 && (hasWaiting !== 0 || parentsOfWaiting.has(`${sessionId}/${number}`));
    if (onlyWaited) parentsOfWaiting.add(`${sessionId}/${parent}`);
    return { ...operation, onlyWaited };
  });
}
