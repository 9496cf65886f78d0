import type { Examination } from '../database/examination.ts';
import { deletedProjects, inJson, statusEvents, statusOf, terminalEvents, usageColumns } from './sql.ts';

const spendingEvents = `('StepRetrying', 'StepSucceeded', 'StepFailed')`;

/**
 * Gathers in temporary tables what several checks ask for, so that a large history is read once:
 *
 * - `Extent`: of each session, what has to be there of its history, and where it ends
 * - `Told`: of each operation of a session that is not deleted, what its history tells of it
 */
export function gather({ run }: Examination): void {
  run(`DROP TABLE IF EXISTS temp."Extent"`);
  run(`DROP TABLE IF EXISTS temp."Told"`);
  // Of a session that was deleted, nothing has to be there but what forks share.
  run(`CREATE TEMP TABLE "Extent" (
    "sessionId" TEXT PRIMARY KEY, "isLive" INTEGER, "first" INTEGER, "needed" INTEGER, "firstOperation" INTEGER, "end" INTEGER
  ) WITHOUT ROWID`);
  run(`INSERT INTO "Extent"
    SELECT s."id", h."sessionId" IS NOT NULL AND s."projectId" NOT IN ${deletedProjects}, COALESCE(f."seq", 0) + 1,
      CASE WHEN h."sessionId" IS NOT NULL AND s."projectId" NOT IN ${deletedProjects} THEN h."lastSeq"
        ELSE (SELECT MAX("seq") FROM "Fork" AS child WHERE child."parentId" = s."id") END,
      COALESCE(f."operation", 0) + 1,
      (SELECT iif(e."type" = 'EventsPruned', MAX(e."seq", COALESCE(${inJson('e."payload"', 'through')}, 0)), e."seq")
        FROM "Event" AS e WHERE e."sessionId" = s."id" ORDER BY e."seq" DESC LIMIT 1)
    FROM "Session" AS s LEFT JOIN "Fork" AS f ON f."sessionId" = s."id" LEFT JOIN "SessionHead" AS h ON h."sessionId" = s."id"
    ORDER BY s."id"`);
  run(`CREATE TEMP TABLE "Told" (
    "sessionId" TEXT, "number" INTEGER, "queued" INTEGER, "queuedSeq" INTEGER, "firstSeq" INTEGER, "lastSeq" INTEGER,
    "ends" INTEGER, "endSeq" INTEGER, "stateSeq" INTEGER, "attempt" INTEGER, "startedSeq" INTEGER, "emits" INTEGER,
    ${usageColumns.map((column) => `"${column}" INTEGER, `).join('')} "cost" INTEGER, "unpriced" INTEGER, "isUsageTold" INTEGER,
    "status" TEXT, "stateAt" TEXT, PRIMARY KEY ("sessionId", "number")
  ) WITHOUT ROWID`);
  const used = (what: string): string => inJson('"payload"', `$.usage.${what}`);
  const isSpending = `FILTER (WHERE "type" IN ${spendingEvents})`;
  run(`INSERT INTO "Told"
    SELECT told.*, ${statusOf('state."type"')}, state."at" FROM (
      SELECT "sessionId", "operation",
        COUNT(*) FILTER (WHERE "type" = 'OperationQueued'), MIN("seq") FILTER (WHERE "type" = 'OperationQueued'),
        MIN("seq"), MAX("seq"),
        COUNT(*) FILTER (WHERE "type" IN ${terminalEvents}), MIN("seq") FILTER (WHERE "type" IN ${terminalEvents}),
        MAX("seq") FILTER (WHERE "type" IN ${statusEvents}) AS "stateSeq",
        COALESCE(MAX(${inJson('"payload"', 'attempt')}) FILTER (WHERE "type" = 'OperationStarted'), 0),
        MIN("seq") FILTER (WHERE "type" = 'OperationStarted'),
        COUNT(*) FILTER (WHERE "type" = 'DataEmitted'),
        ${usageColumns.map((column) => `COALESCE(SUM(${used(column)}) ${isSpending}, 0), `).join('')}
        COALESCE(SUM(${used('cost')}) ${isSpending}, 0),
        COALESCE(SUM(${used('cost')} IS NULL) ${isSpending}, 0),
        -- Of what it took to try again, histories of the first Lions do not tell.
        COUNT(*) FILTER (WHERE "type" = 'StepRetrying' AND "version" = 1) = 0
      FROM "Event" WHERE "operation" IS NOT NULL
      GROUP BY "sessionId", "operation"
    ) AS told
    JOIN "Extent" ON "Extent"."sessionId" = told."sessionId" AND "isLive"
    LEFT JOIN "Event" AS state ON state."sessionId" = told."sessionId" AND state."seq" = told."stateSeq"`);
}
