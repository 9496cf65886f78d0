import { restoreBackup, type Check } from './check.ts';
import { deletedProjects, ended, unfinished, usageColumns } from './sql.ts';

const isSession = `"SessionHead"."sessionId" = found."sessionId"`;

const wrongLastOperation = `SELECT * FROM (
    SELECT h."sessionId", h."lastOperation" AS "was",
      COALESCE((SELECT MAX("number") FROM "Operation" AS o WHERE o."sessionId" = h."sessionId"), e."firstOperation" - 1) AS "right"
    FROM "SessionHead" AS h JOIN "Extent" AS e ON e."sessionId" = h."sessionId" AND e."isLive"
  ) WHERE "was" <> "right"`;
const lastOperation = `SELECT "sessionId", "right", "was" < "right" AS "mendable",
    printf('it says that its last operation is %d, and the last that there is is %d', "was", "right") AS "what"
  FROM (${wrongLastOperation})`;

const wrongUnfinished = `SELECT h."sessionId", COUNT(o."number") AS "right",
    printf('it counts %d operations that have not ended, and has %d', h."unfinished", COUNT(o."number")) AS "what"
  FROM "SessionHead" AS h JOIN "Extent" AS e ON e."sessionId" = h."sessionId" AND e."isLive"
  LEFT JOIN "Operation" AS o ON o."sessionId" = h."sessionId" AND o."status" IN ${unfinished}
  GROUP BY h."sessionId" HAVING h."unfinished" <> COUNT(o."number")`;

/** The sums of usage over some operations: an unknown cost makes the sum unknown. */
const sums = `${usageColumns.map((column) => `SUM("${column}") AS "${column}"`).join(', ')},
  SUM("cost") AS "cost", COUNT(*) - COUNT("cost") AS "unpriced"`;
const sumOf = (column: string, ...of: string[]): string => of.map((table) => `COALESCE(${table}."${column}", 0)`).join(' + ');
const costOf = (...of: string[]): string => `iif(${sumOf('unpriced', ...of)} > 0, NULL, ${sumOf('cost', ...of)})`;
const rightUsage = (...of: string[]): string =>
  `${usageColumns.map((column) => `${sumOf(column, ...of)} AS "right${column}"`).join(', ')}, ${costOf(...of)} AS "rightCost"`;
const differs = (table: string): string =>
  [...usageColumns.map((column) => `${table}."${column}" <> "right${column}"`), `${table}."cost" IS NOT "rightCost"`].join(
    ' OR ',
  );
const setUsage = `${usageColumns.map((column) => `"${column}" = found."right${column}"`).join(', ')}, "cost" = found."rightCost"`;
const told = (table: string): string => `printf('%d input and %d output tokens at %s, and not %d and %d at %s',
    ${table}."inputTokens", ${table}."outputTokens", COALESCE(${table}."cost", 'an unknown cost'),
    "rightinputTokens", "rightoutputTokens", COALESCE("rightCost", 'an unknown cost'))`;

const wrongUsage = `SELECT "sessionId", "number" AS "operation", *, ${told('used')} AS "what" FROM (
    SELECT o."sessionId", o."number", ${[...usageColumns, 'cost'].map((column) => `o."${column}"`).join(', ')}, ${rightUsage('t', 'kids')}
    FROM "Operation" AS o
    JOIN "Told" AS t ON t."sessionId" = o."sessionId" AND t."number" = o."number" AND t."isUsageTold"
    LEFT JOIN (
      SELECT "sessionId", "parent", ${sums} FROM "Operation" WHERE "parent" IS NOT NULL AND "status" IN ${ended} GROUP BY 1, 2
    ) AS kids ON kids."sessionId" = o."sessionId" AND kids."parent" = o."number"
  ) AS used WHERE ${differs('used')}`;

const wrongSessionUsage = `SELECT "sessionId", *, ${told('used')} AS "what" FROM (
    SELECT h."sessionId", ${[...usageColumns, 'cost'].map((column) => `h."${column}"`).join(', ')}, ${rightUsage('spent')}
    FROM "SessionHead" AS h JOIN "Extent" AS e ON e."sessionId" = h."sessionId" AND e."isLive"
    LEFT JOIN (
      -- What a child used is in its parent's usage once it has ended.
      SELECT "sessionId", ${sums} FROM "Operation" WHERE "parent" IS NULL OR "status" IN ${unfinished} GROUP BY 1
    ) AS spent ON spent."sessionId" = h."sessionId"
  ) AS used WHERE ${differs('used')}`;

/** Both ways: sessions that no count has, and counts that have no sessions. */
const wrongSessionCount = `SELECT "projectId", "keyId", SUM("there") AS "right",
    printf('it counts %d sessions of %s, and has %d', SUM("counted"), iif("keyId" = '', "projectId", "keyId"), SUM("there")) AS "what"
  FROM (
    SELECT "projectId", COALESCE("keyId", '') AS "keyId", 1 AS "there", 0 AS "counted" FROM "Session"
    WHERE "projectId" NOT IN ${deletedProjects}
    UNION ALL SELECT "projectId", "keyId", 0, "sessions" FROM "SessionCount"
  ) GROUP BY "projectId", "keyId" HAVING SUM("there") <> SUM("counted")`;

/** What is counted apart from the rows that it counts. They come last: what is counted is mended before. */
export const counterChecks: readonly Check[] = [
  {
    name: 'last-operation',
    rule: 'A session knows its last operation, and gives the next one a number that none has.',
    find: lastOperation,
    mend: `UPDATE "SessionHead" SET "lastOperation" = found."right" FROM (${lastOperation}) AS found WHERE ${isSession} AND found."mendable"`,
    advice: restoreBackup,
  },
  {
    name: 'session-unfinished',
    rule: 'A session counts its operations that have not ended.',
    find: wrongUnfinished,
    mend: `UPDATE "SessionHead" SET "unfinished" = found."right" FROM (${wrongUnfinished}) AS found WHERE ${isSession}`,
    advice: '',
  },
  {
    name: 'operation-usage',
    rule: 'An operation has used what its history tells of, and what its children that have ended have used.',
    find: wrongUsage,
    mend: `UPDATE "Operation" SET ${setUsage} FROM (${wrongUsage}) AS found
      WHERE "Operation"."sessionId" = found."sessionId" AND "Operation"."number" = found."operation"`,
    advice: '',
  },
  {
    name: 'session-usage',
    rule: 'A session has used what its operations have used.',
    find: wrongSessionUsage,
    mend: `UPDATE "SessionHead" SET ${setUsage} FROM (${wrongSessionUsage}) AS found WHERE ${isSession}`,
    advice: '',
  },
  {
    name: 'session-count',
    rule: 'The sessions that are stored are counted by project and key.',
    find: wrongSessionCount,
    mend: `INSERT INTO "SessionCount" ("projectId", "keyId", "sessions")
      SELECT "projectId", "keyId", "right" FROM (${wrongSessionCount}) WHERE 1
      ON CONFLICT ("projectId", "keyId") DO UPDATE SET "sessions" = excluded."sessions"`,
    advice: '',
  },
];
