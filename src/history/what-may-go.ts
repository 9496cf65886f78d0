import { Prisma } from '../database/client.ts';
import { provisionalTypes, type ProvisionalType } from './event.ts';

// What may be taken out of histories, and when: pruning and removal ask here, and nowhere else.

/**
 * What only led to an output, and is repeated by it. Not what was said of each choice: of those that were not selected, nothing
 * else tells.
 */
const repeatedByOutput: readonly ProvisionalType[] = ['TextDelta', 'ReasoningDelta', 'IdeaProposed', 'PlanStepProposed'];

/**
 * The operations that may be pruned: they have ended, long enough ago. Not those that a fork cut off: there, no output repeats what
 * they said. Of the table "Operation".
 */
export const prunableOperations = (endedBefore: string): Prisma.Sql => Prisma.sql`
  "prunedAt" IS NULL AND "finishedAt" <= ${endedBefore} AND NOT EXISTS (
    SELECT 1 FROM "Fork", json_each("Fork"."cutOff") AS "cut"
    WHERE "Fork"."parentId" = "Operation"."sessionId" AND "cut"."value" ->> 'number' = "Operation"."number")`;

/**
 * Whether an event of such an operation may be pruned. Of one that has succeeded, what its output repeats. Of any, what a higher
 * try superseded: what the last try of a failed or a cancelled one proposed is nowhere else. Of the table "Event".
 */
export const prunableEvents = (operationStatus: string): Prisma.Sql => Prisma.sql`(
  (${operationStatus} = 'SUCCEEDED' AND "type" IN (${Prisma.join(repeatedByOutput)}))
  OR ("type" IN (${Prisma.join(provisionalTypes)}) AND "payload" ->> 'try' < (
    SELECT "try" FROM "Step" WHERE "Step"."sessionId" = "Event"."sessionId" AND "Step"."operation" = "Event"."operation"
    AND "Step"."name" = "Event"."payload" ->> 'step')))`;

/** The project of sessions that were deleted, and are being removed: nobody's. */
export const beingRemoved = '';

/** The project of sessions that were deleted, and of which nothing is left but what their forks share: nobody's, too. */
export const keptForForks = '(forks)';

/** The sessions that have been expired for so long that they are to be deleted. Of the table "SessionHead". */
export const outlivedSessions = (expiredBefore: string): Prisma.Sql =>
  Prisma.sql`"expiresAt" <= ${expiredBefore} AND "expiredAt" <= ${expiredBefore} AND "unfinished" = 0`;
