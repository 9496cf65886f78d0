import { restoreBackup, type Check } from './check.ts';
import { inJson, unfinished, ended } from './sql.ts';

const live = `JOIN "Extent" AS e ON e."isLive" AND e."sessionId"`;

/** What is recorded of the steps of operations. */
export const stepChecks: readonly Check[] = [
  {
    name: 'step-result',
    rule: 'A step that is recorded has a result, and one that is not has none.',
    find: `SELECT "sessionId", "operation", printf('step "%s" is %s', "name",
          iif("recordedAt" IS NULL, 'not recorded, and has a result', 'recorded, and has no result')) AS "what"
      FROM "Step" WHERE ("recordedAt" IS NULL) <> ("result" IS NULL)`,
    advice: restoreBackup,
  },
  {
    name: 'step-lost',
    rule: 'A step that the history tells of as done is recorded, so that it is not done again.',
    find: `SELECT s."sessionId", s."operation", s."seq", printf('step "%s" was done, and is not recorded', ${inJson('s."payload"', 'step')}) AS "what"
      FROM "Extent" AS e CROSS JOIN "Event" AS s ON s."sessionId" = e."sessionId" AND s."type" = 'StepSucceeded'
      WHERE e."isLive" AND s."operation" IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM "Step" WHERE "Step"."sessionId" = s."sessionId" AND "Step"."operation" = s."operation"
          AND "Step"."name" = ${inJson('s."payload"', 'step')} AND "Step"."recordedAt" IS NOT NULL)`,
    advice: restoreBackup,
  },
  {
    name: 'step-untold',
    rule: 'A step that is recorded is one that the history tells of as done; that of a retry may be what it is a retry of.',
    find: `SELECT s."sessionId", s."operation", printf('step "%s" is recorded, and the history does not tell of it', s."name") AS "what"
      FROM "Step" AS s ${live} = s."sessionId" JOIN "Operation" AS o ON o."sessionId" = s."sessionId" AND o."number" = s."operation"
      WHERE s."recordedAt" IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM "Step" AS of WHERE of."sessionId" = o."sessionId" AND of."operation" = o."retryOf"
          AND of."name" = s."name" AND of."recordedAt" IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM "Event" WHERE "Event"."sessionId" = s."sessionId" AND "Event"."operation" = s."operation"
          AND "type" = 'StepSucceeded' AND ${inJson('"payload"', 'step')} = s."name")`,
    advice: restoreBackup,
  },
];

const leftWait = `SELECT w."sessionId", w."operation", printf('wait "%s" is open, and the operation has ended', w."name") AS "what"
  FROM "Wait" AS w JOIN "Operation" AS o ON o."sessionId" = w."sessionId" AND o."number" = w."operation"
  WHERE w."endedAt" IS NULL AND o."status" IN ${ended}`;

const wrongOpenWaits = `SELECT o."sessionId", o."number" AS "operation", COUNT(w."name") AS "right",
    printf('it counts %d open waits, and has %d', o."openWaits", COUNT(w."name")) AS "what"
  FROM "Operation" AS o ${live} = o."sessionId"
  LEFT JOIN "Wait" AS w ON w."sessionId" = o."sessionId" AND w."operation" = o."number" AND w."endedAt" IS NULL
  WHERE o."status" IN ${unfinished} GROUP BY o."sessionId", o."number" HAVING o."openWaits" <> COUNT(w."name")`;

const wrongWaitingFor = `SELECT * FROM (
    SELECT o."sessionId", o."number" AS "operation", o."waitingFor" AS "was",
      CASE WHEN o."status" = 'WAITING' THEN (
        SELECT ${inJson('"payload"', 'reason')} FROM "Event" WHERE "Event"."sessionId" = o."sessionId" AND "Event"."operation" = o."number"
          AND "type" = 'OperationWaiting' ORDER BY "seq" DESC LIMIT 1) END AS "right",
      printf('it is %s, and says that it waits for %s', o."status", COALESCE(o."waitingFor", 'nothing')) AS "what",
      t."status" IS o."status" AS "mendable"
    FROM "Operation" AS o ${live} = o."sessionId"
    LEFT JOIN "Told" AS t ON t."sessionId" = o."sessionId" AND t."number" = o."number"
    WHERE o."status" IN ${unfinished}
  ) WHERE "was" IS NOT "right"`;

/** How many operations of each tree wait for a person, where there is a deadline that has to stand still. */
const wrongPersonWaits = `SELECT * FROM (
    WITH RECURSIVE line("sessionId", "number", "parent") AS (
      SELECT "sessionId", "number", "parent" FROM "Operation" WHERE "status" = 'WAITING' AND "waitingFor" = 'PERSON'
      UNION ALL
      SELECT o."sessionId", o."number", o."parent" FROM line
      JOIN "Operation" AS o ON o."sessionId" = line."sessionId" AND o."number" = line."parent"
    ), waiting AS (SELECT "sessionId", "number", COUNT(*) AS "count" FROM line WHERE "parent" IS NULL GROUP BY 1, 2)
    SELECT o."sessionId", o."number" AS "operation", iif(o."deadlineAt" IS NULL, 0, COALESCE(waiting."count", 0)) AS "right",
      o."personWaits" AS "was", o."personSince" AS "since",
      printf('it counts %d operations that wait for a person%s, and there are %d', o."personWaits",
        iif(o."personSince" IS NULL, '', ' since ' || o."personSince"), COALESCE(waiting."count", 0)) AS "what"
    FROM "Operation" AS o ${live} = o."sessionId"
    LEFT JOIN waiting ON waiting."sessionId" = o."sessionId" AND waiting."number" = o."number"
    WHERE o."status" IN ${unfinished}
  ) WHERE "was" <> "right" OR ("since" IS NULL) <> ("right" = 0)`;
// Where it is not known since when, nobody can say by how much the deadline has to be moved.
const personWaits = `SELECT *, ("since" IS NULL) = ("right" = 0) AS "mendable" FROM (${wrongPersonWaits})`;

/** What operations wait for. */
export const waitChecks: readonly Check[] = [
  {
    name: 'leftover-wait',
    rule: 'What has ended has no wait that is open.',
    find: leftWait,
    mend: `DELETE FROM "Wait" WHERE "endedAt" IS NULL AND EXISTS (SELECT 1 FROM "Operation" AS o
      WHERE o."sessionId" = "Wait"."sessionId" AND o."number" = "Wait"."operation" AND o."status" IN ${ended})`,
    advice: '',
  },
  {
    name: 'open-waits',
    rule: 'An operation counts the waits of its own that are open.',
    find: wrongOpenWaits,
    mend: `UPDATE "Operation" SET "openWaits" = found."right" FROM (${wrongOpenWaits}) AS found
      WHERE "Operation"."sessionId" = found."sessionId" AND "Operation"."number" = found."operation"`,
    advice: '',
  },
  {
    name: 'waiting-for-nothing',
    rule: 'What is WAITING has a wait that is open, with whose end it goes on.',
    find: `SELECT o."sessionId", o."number" AS "operation", 'it is WAITING, and has no wait that is open: it would never go on' AS "what"
      FROM "Operation" AS o ${live} = o."sessionId" WHERE o."status" = 'WAITING' AND NOT EXISTS (
        SELECT 1 FROM "Wait" AS w WHERE w."sessionId" = o."sessionId" AND w."operation" = o."number" AND w."endedAt" IS NULL)`,
    advice: 'Cancel it, with cancelOperation, and start it anew, with retryOperation: what it recorded is kept.',
  },
  {
    name: 'waiting-for',
    rule: 'What is WAITING says for what, as its history does, and nothing else does so.',
    find: wrongWaitingFor,
    mend: `UPDATE "Operation" SET "waitingFor" = found."right" FROM (${wrongWaitingFor}) AS found
      WHERE "Operation"."sessionId" = found."sessionId" AND "Operation"."number" = found."operation" AND found."mendable"`,
    advice: restoreBackup,
  },
  {
    name: 'person-waits',
    rule: 'What has a deadline counts which of its family wait for a person, and since when: meanwhile, the deadline stands still.',
    find: personWaits,
    mend: `UPDATE "Operation" SET "personWaits" = found."right" FROM (${personWaits}) AS found
      WHERE "Operation"."sessionId" = found."sessionId" AND "Operation"."number" = found."operation" AND found."mendable"`,
    advice:
      'Its deadline cannot be known: answer what it asks, or cancel it (cancelOperation), and start it anew (retryOperation).',
  },
  {
    name: 'deadline',
    rule: 'What has a timeout has a deadline.',
    find: `SELECT "sessionId", "number" AS "operation", iif("timeoutMs" IS NULL, 'it has a deadline, and no timeout', 'it has a timeout, and no deadline') AS "what"
      FROM "Operation" WHERE ("timeoutMs" IS NULL) <> ("deadlineAt" IS NULL)`,
    advice:
      'Its deadline cannot be known: where it has not ended, cancel it (cancelOperation), and start it anew (retryOperation).',
  },
];
