import { restoreBackup, type Check } from './check.ts';
import { cancelDangling } from './dangling-children.ts';
import { ended, inJson, now, removedProject, unfinished } from './sql.ts';

/** The operations of the sessions that are not deleted, with what their history tells of them. */
const operations = `"Operation" AS o JOIN "Extent" AS e ON e."sessionId" = o."sessionId" AND e."isLive"
  LEFT JOIN "Told" AS t ON t."sessionId" = o."sessionId" AND t."number" = o."number"`;
const place = `o."sessionId" AS "sessionId", o."number" AS "operation"`;
const isFound = `"Operation"."sessionId" = found."sessionId" AND "Operation"."number" = found."operation"`;

/** Whether a history tells of an end, once, and of nothing after it. */
const isEndTold = `(t."ends" = 1 AND t."endSeq" = t."lastSeq")`;

const wrongStatus = `SELECT ${place}, t."stateSeq" AS "seq", t."status" AS "right", t."stateAt" AS "at",
    CASE WHEN t."status" IS NULL THEN printf('it is %s, and its history does not tell of it', o."status")
      ELSE printf('it is %s, and by its history %s', o."status", t."status") END AS "what",
    -- Nothing says how an end came about that its history does not tell of.
    COALESCE(${isEndTold} OR (t."ends" = 0 AND o."status" NOT IN ${ended}), 0) AS "mendable"
  FROM ${operations} WHERE o."status" IS NOT t."status"`;

const endPayload = (field: string): string => `(SELECT iif(json_valid("payload"), "payload", '{}') -> '${field}' FROM "Event"
    WHERE "Event"."sessionId" = found."sessionId" AND "Event"."seq" = found."seq")`;
const hasEnded = (status: string): string => `${status} IN ${ended}`;
const ofNull = (json: string): string => `NULLIF(${json}, 'null')`;
const asTold = (status: string): string => `
    "finishedAt" = iif(${hasEnded(status)}, found."at", NULL),
    "output" = iif(${status} = 'SUCCEEDED', ${endPayload('output')}, NULL),
    "error" = iif(${status} = 'FAILED', ${endPayload('error')}, NULL),
    "partialOutput" = iif(${status} = 'FAILED', ${ofNull(endPayload('partialOutput'))}, NULL)`;

const wrongResult = `SELECT ${place}, t."endSeq" AS "seq", t."stateAt" AS "at",
    CASE WHEN o."status" NOT IN ${ended} THEN printf('it is %s, and has the marks of an end', o."status")
      WHEN o."finishedAt" IS NULL THEN 'it has ended, and not at any time'
      ELSE printf('it is %s, and has not what belongs to that', o."status") END AS "what",
    t."status" IS o."status" AND (o."status" NOT IN ${ended} OR COALESCE(${isEndTold}, 0)) AS "mendable"
  FROM ${operations}
  WHERE (o."finishedAt" IS NOT NULL) <> (${hasEnded('o."status"')})
    OR (o."prunedAt" IS NOT NULL AND NOT ${hasEnded('o."status"')})
    OR (o."output" IS NOT NULL) <> (o."status" = 'SUCCEEDED')
    OR (o."error" IS NOT NULL) <> (o."status" = 'FAILED')
    OR (o."partialOutput" IS NOT NULL AND o."status" <> 'FAILED')`;

const leftOfEnded = `SELECT ${place}, 'it has ended, and has what only one has that has not: ' || rtrim(
      iif(o."nodeId" IS NULL, '', 'a claim, ') || iif(o."readyAt" IS NULL, '', 'a place in the queue, ')
      || iif(o."waitingFor" IS NULL AND o."openWaits" = 0 AND o."personWaits" = 0 AND o."personSince" IS NULL, '', 'waits'), ', ') AS "what"
  FROM ${operations} WHERE o."status" IN ${ended} AND (o."nodeId" IS NOT NULL OR o."readyAt" IS NOT NULL OR o."waitingFor" IS NOT NULL
    OR o."openWaits" <> 0 OR o."personWaits" <> 0 OR o."personSince" IS NOT NULL)`;

const wrongClaim = `SELECT ${place}, printf('it is %s, and %s holds a claim to it', o."status", o."nodeId") AS "what"
  FROM ${operations} WHERE o."status" IN ('QUEUED', 'WAITING') AND o."nodeId" IS NOT NULL`;

const wrongAttempt = `SELECT ${place}, t."startedSeq" AS "seq", t."attempt" AS "right",
    printf('it is at attempt %d%s, and by its history at %d', o."attempt", iif(o."startedAt" IS NULL, ', not started', ''), t."attempt") AS "what"
  FROM ${operations}
  WHERE t."number" IS NOT NULL AND (o."attempt" <> t."attempt" OR (o."startedAt" IS NULL) <> (t."startedSeq" IS NULL))`;

const neverGranted = `SELECT ${place}, printf('it is %s, and nothing is before it, but it may not be claimed: it would never begin', o."status") AS "what"
  FROM ${operations} WHERE o."status" IN ${unfinished} AND o."readyAt" IS NULL
    AND NOT (o."status" = 'QUEUED' AND o."parent" IS NULL AND o."attempt" = 0 AND EXISTS (
      SELECT 1 FROM "Operation" AS b WHERE b."sessionId" = o."sessionId" AND b."parent" IS NULL AND b."status" IN ${unfinished}
        AND b."number" < o."number"))`;

const wrongPlace = `SELECT ${place}, t."queuedSeq" AS "queuedSeq", t."endSeq" AS "endSeq",
    printf('its events are looked for from %d to %s, and lie from %d to %s', o."queuedSeq", COALESCE(o."endedSeq", 'the end'),
      t."queuedSeq", COALESCE(t."endSeq", 'the end')) AS "what"
  FROM ${operations}
  WHERE t."queued" = 1 AND (o."queuedSeq" <> t."queuedSeq"
    OR (t."ends" = 1 AND o."status" IN ${ended} AND o."endedSeq" IS NOT t."endSeq"))`;

const danglingChild = `SELECT ${place},
    printf('it is %s, and its parent, operation %d, has ended %s', o."status", p."number", p."status") AS "what",
    COALESCE(pt."ends" = 1 AND pt."status" = p."status" AND t."ends" = 0, 0) AS "mendable"
  FROM ${operations}
  JOIN "Operation" AS p ON p."sessionId" = o."sessionId" AND p."number" = o."parent"
  LEFT JOIN "Told" AS pt ON pt."sessionId" = p."sessionId" AND pt."number" = p."number"
  WHERE o."status" IN ${unfinished} AND p."status" IN ${ended}`;

const otherProject = `SELECT ${place}, s."projectId" AS "right",
    printf('it is of project %s, and its session of %s', o."projectId", s."projectId") AS "what"
  FROM ${operations} JOIN "Session" AS s ON s."id" = o."sessionId" WHERE o."projectId" <> s."projectId"`;

const wrongEmits = `SELECT ${place}, t."emits" AS "right",
    printf('it counts %d emits, and its history has %d', o."emits", t."emits") AS "what"
  FROM ${operations} WHERE o."emits" <> t."emits"`;

const badKeys = `SELECT k."sessionId", k."operation", o."projectId" = ${removedProject} AS "mendable",
    printf('idempotency key "%s" is of project %s, and leads to an operation of %s', k."key", k."projectId",
      COALESCE(NULLIF(o."projectId", ${removedProject}), 'a session that was deleted')) AS "what"
  FROM "IdempotencyKey" AS k JOIN "Operation" AS o ON o."sessionId" = k."sessionId" AND o."number" = k."operation"
  WHERE o."projectId" <> k."projectId"`;

/** Operations: their states, and what the history tells of these. */
export const operationChecks: readonly Check[] = [
  {
    name: 'operation-numbers',
    rule: 'The operations of a session are numbered 1, 2, 3, ... without gaps; those of a fork, on from what it shares.',
    find: `SELECT e."sessionId", printf('it has %d operations, numbered from %d to %d', COUNT(*), MIN(o."number"), MAX(o."number")) AS "what"
      FROM "Operation" AS o JOIN "Extent" AS e ON e."sessionId" = o."sessionId" AND e."isLive"
      GROUP BY e."sessionId" HAVING MIN(o."number") <> e."firstOperation" OR COUNT(*) <> MAX(o."number") - MIN(o."number") + 1`,
    advice: restoreBackup,
  },
  {
    name: 'operation-family',
    rule: 'An operation is younger than its parent and than what it is a retry of, and a child has either a position or a name.',
    find: `SELECT ${place}, CASE WHEN o."parent" >= o."number" THEN printf('its parent is operation %d', o."parent")
          WHEN o."retryOf" >= o."number" THEN printf('it is a retry of operation %d', o."retryOf")
          ELSE 'its place among the children of its parent is not clear' END AS "what"
      FROM ${operations} WHERE o."parent" >= o."number" OR o."retryOf" >= o."number"
        OR (o."position" IS NOT NULL) + (o."name" IS NOT NULL) <> (o."parent" IS NOT NULL)`,
    advice: restoreBackup,
  },
  {
    name: 'operation-begin',
    rule: 'The first event of an operation is its only OperationQueued.',
    find: `SELECT ${place}, t."firstSeq" AS "seq", CASE WHEN t."number" IS NULL THEN 'its history does not tell of it'
          ELSE printf('it is queued %d times, and its first event is %d', t."queued", t."firstSeq") END AS "what"
      FROM ${operations} WHERE t."queued" IS NOT 1 OR t."queuedSeq" <> t."firstSeq"`,
    advice: restoreBackup,
  },
  {
    name: 'operation-end',
    rule: 'An operation has one terminal event at most, and none of its own after it.',
    find: `SELECT ${place}, t."endSeq" AS "seq", iif(t."ends" > 1, printf('it has %d terminal events', t."ends"),
          printf('it goes on after its end, until event %d', t."lastSeq")) AS "what"
      FROM ${operations} WHERE t."ends" > 1 OR t."endSeq" < t."lastSeq"`,
    advice:
      'What was told to clients contradicts itself, and is left as it is: restore a backup from before (lion restore), or live with it.',
  },
  {
    name: 'operation-status',
    rule: 'An operation has the status that its history tells of.',
    find: wrongStatus,
    mend: `UPDATE "Operation" SET "status" = found."right", "nodeId" = iif(found."right" = 'RUNNING', "nodeId", NULL), ${asTold('found."right"')}
      FROM (${wrongStatus}) AS found WHERE ${isFound} AND found."mendable"`,
    advice: restoreBackup,
  },
  {
    name: 'operation-result',
    rule: 'What has ended has a time and, by its status, an output or an error; what has not ended has none of these.',
    find: wrongResult,
    mend: `UPDATE "Operation" SET "prunedAt" = iif(${hasEnded('"status"')}, "prunedAt", NULL), ${asTold('"Operation"."status"')}
      FROM (${wrongResult}) AS found WHERE ${isFound} AND found."mendable"`,
    advice: restoreBackup,
  },
  {
    name: 'operation-attempt',
    rule: 'An operation is at the attempt that its history tells of.',
    find: wrongAttempt,
    mend: `UPDATE "Operation" SET "attempt" = found."right", "startedAt" = (
        SELECT "at" FROM "Event" WHERE "Event"."sessionId" = found."sessionId" AND "Event"."seq" = found."seq")
      FROM (${wrongAttempt}) AS found WHERE ${isFound}`,
    advice: '',
  },
  {
    name: 'operation-place',
    rule: 'The events of an operation lie where they are looked for.',
    find: wrongPlace,
    mend: `UPDATE "Operation" SET "queuedSeq" = found."queuedSeq", "endedSeq" = found."endSeq"
      FROM (${wrongPlace}) AS found WHERE ${isFound}`,
    advice: '',
  },
  {
    name: 'dangling-child',
    rule: 'A parent ends after its children.',
    find: danglingChild,
    mend: ({ all, run }) => cancelDangling({ all, run }, danglingChild),
    advice: 'Cancel it, with cancelOperation.',
  },
  {
    name: 'child-end',
    rule: `The terminal event of a parent comes after those of its children, but for children that lion doctor cancelled.`,
    find: `SELECT ${place}, t."endSeq" AS "seq", printf('it ended after its parent, operation %d, which ended at event %d', o."parent", pt."endSeq") AS "what"
      FROM ${operations} JOIN "Told" AS pt ON pt."sessionId" = o."sessionId" AND pt."number" = o."parent"
      WHERE t."endSeq" > pt."endSeq" AND NOT EXISTS (
        SELECT 1 FROM "Event" WHERE "Event"."sessionId" = o."sessionId" AND "Event"."seq" = t."endSeq"
          AND ${inJson('"payload"', 'by')} LIKE 'lion doctor%')`,
    advice: 'It does no harm any more. It should not have come about: please report it.',
  },
  {
    name: 'operation-leftovers',
    rule: 'What has ended holds no claim, has no place in the queue, and waits for nothing.',
    find: leftOfEnded,
    mend: `UPDATE "Operation" SET "nodeId" = NULL, "readyAt" = NULL, "waitingFor" = NULL, "openWaits" = 0, "personWaits" = 0, "personSince" = NULL
      FROM (${leftOfEnded}) AS found WHERE ${isFound}`,
    advice: '',
  },
  {
    name: 'operation-claim',
    rule: 'Only what is running is claimed.',
    find: wrongClaim,
    mend: `UPDATE "Operation" SET "nodeId" = NULL FROM (${wrongClaim}) AS found WHERE ${isFound}`,
    advice: '',
  },
  {
    name: 'turn-never-granted',
    rule: 'What has not ended may be claimed, unless it waits for others of its session.',
    find: neverGranted,
    mend: `UPDATE "Operation" SET "readyAt" = ${now} FROM (${neverGranted}) AS found WHERE ${isFound}`,
    advice: '',
  },
  {
    name: 'operation-project',
    rule: 'An operation is of the project of its session.',
    find: otherProject,
    mend: `UPDATE "Operation" SET "projectId" = found."right" FROM (${otherProject}) AS found WHERE ${isFound}`,
    advice: '',
  },
  {
    name: 'operation-emits',
    rule: 'An operation counts the emits that its history has.',
    find: wrongEmits,
    mend: `UPDATE "Operation" SET "emits" = found."right" FROM (${wrongEmits}) AS found WHERE ${isFound}`,
    advice: '',
  },
  {
    name: 'idempotency-key-project',
    rule: 'An idempotency key leads to an operation of its own project.',
    find: badKeys,
    mend: `DELETE FROM "IdempotencyKey" WHERE EXISTS (SELECT 1 FROM (${badKeys}) AS found WHERE found."mendable"
      AND found."sessionId" = "IdempotencyKey"."sessionId" AND found."operation" = "IdempotencyKey"."operation")`,
    advice: restoreBackup,
  },
];

/** Claims, where no Lion works with the database. */
export const claimsOfFormer: Check = {
  name: 'claim-of-former-lion',
  severity: 'NOTE',
  rule: 'These were running when the Lion that worked with the database was ended without being stopped. The next one that is started goes on with them at once.',
  find: `SELECT ${place}, printf('claimed by %s, attempt %d', COALESCE(o."nodeId", 'a node without a name'), o."attempt") AS "what"
    FROM ${operations} WHERE o."status" = 'RUNNING'`,
  advice: '',
};

/** Claims, where a Lion works with the database. */
export const claimWithoutNode: Check = {
  name: 'claim-without-node',
  rule: 'What is running is claimed by a node.',
  find: `SELECT ${place}, 'it is RUNNING, and no node holds a claim to it' AS "what"
    FROM ${operations} WHERE o."status" = 'RUNNING' AND o."nodeId" IS NULL`,
  advice: 'Restart the Lion that works with the database: it goes on with it.',
};
