import { restoreBackup, type Check } from './check.ts';
import { deletedProjects, keptProject, removedProject } from './sql.ts';

const deletedWithHead = `SELECT h."sessionId", 'it was deleted, and has a row of SessionHead' AS "what"
  FROM "SessionHead" AS h JOIN "Session" AS s ON s."id" = h."sessionId" WHERE s."projectId" IN ${deletedProjects}`;

const keptForNothing = `SELECT s."id" AS "sessionId", 'it was deleted, and kept for forks that there are none of' AS "what"
  FROM "Session" AS s WHERE s."projectId" = ${keptProject} AND NOT EXISTS (SELECT 1 FROM "Fork" WHERE "parentId" = s."id")`;

const wrongForkSeq = `SELECT s."id" AS "sessionId", COALESCE(f."seq", 0) AS "right",
    CASE WHEN f."sessionId" IS NULL THEN printf('it shares the events up to %d, and it is not known of which session', s."forkSeq")
      ELSE printf('it says that it shares the events up to %d, and its fork is at %d', s."forkSeq", f."seq") END AS "what",
    -- Its own first event has to agree.
    f."sessionId" IS NOT NULL AND f."seq" + 1 IS (SELECT MIN("seq") FROM "Event" WHERE "Event"."sessionId" = s."id") AS "mendable"
  FROM "Session" AS s LEFT JOIN "Fork" AS f ON f."sessionId" = s."id" WHERE s."forkSeq" <> COALESCE(f."seq", 0)`;

const depths = `WITH RECURSIVE chain("sessionId", "depth") AS (
    SELECT "sessionId", 1 FROM "Fork" WHERE "parentId" NOT IN (SELECT "sessionId" FROM "Fork")
    UNION ALL
    SELECT f."sessionId", chain."depth" + 1 FROM chain JOIN "Fork" AS f ON f."parentId" = chain."sessionId"
  )`;
const wrongDepth = `${depths}
  SELECT f."sessionId", chain."depth" AS "right", printf('its depth is %d, and should be %d', f."depth", chain."depth") AS "what"
  FROM "Fork" AS f JOIN chain ON chain."sessionId" = f."sessionId" WHERE f."depth" <> chain."depth"`;

/** Sessions, those that were deleted, and forks. */
export const sessionChecks: readonly Check[] = [
  {
    name: 'session-without-head',
    rule: 'Each session that is not deleted has a row of SessionHead.',
    find: `SELECT "id" AS "sessionId", 'it has no row of SessionHead: nobody can go on with it' AS "what" FROM "Session"
      WHERE "projectId" NOT IN ${deletedProjects} AND NOT EXISTS (SELECT 1 FROM "SessionHead" WHERE "SessionHead"."sessionId" = "id")`,
    advice: restoreBackup,
  },
  {
    name: 'deleted-session-with-head',
    rule: 'A session that was deleted takes nothing more: it has no row of SessionHead.',
    find: deletedWithHead,
    mend: `DELETE FROM "SessionHead" WHERE "sessionId" IN (SELECT "sessionId" FROM (${deletedWithHead}))`,
    advice: '',
  },
  {
    name: 'session-without-project',
    rule: 'Each session that is not deleted belongs to a project that is there.',
    find: `SELECT "id" AS "sessionId", printf('its project %s is not there: nobody can see it', "projectId") AS "what" FROM "Session"
      WHERE "projectId" NOT IN ${deletedProjects} AND NOT EXISTS (SELECT 1 FROM "Project" WHERE "Project"."id" = "projectId")`,
    advice: restoreBackup,
  },
  {
    name: 'kept-for-nothing',
    rule: 'What is kept of a session that was deleted is shared by a fork.',
    find: keptForNothing,
    // Removed by the next start, as is whatever else was deleted.
    mend: `UPDATE "Session" SET "projectId" = ${removedProject} WHERE "id" IN (SELECT "sessionId" FROM (${keptForNothing}))`,
    advice: '',
  },
  {
    name: 'fork-seq',
    rule: 'A session and its row of Fork agree on how much it shares.',
    find: wrongForkSeq,
    mend: `UPDATE "Session" SET "forkSeq" = found."right" FROM (${wrongForkSeq}) AS found
      WHERE "Session"."id" = found."sessionId" AND found."mendable"`,
    advice: restoreBackup,
  },
  {
    name: 'fork-of-nothing',
    rule: 'What a fork shares is there.',
    find: `SELECT f."sessionId", f."seq", printf('it shares the past of %s, which is not there', f."parentId") AS "what"
      FROM "Fork" AS f WHERE NOT EXISTS (SELECT 1 FROM "Session" WHERE "id" = f."parentId")`,
    advice: restoreBackup,
  },
  {
    name: 'fork-beyond-end',
    rule: 'A fork lies within the history that it shares.',
    find: `SELECT f."sessionId", f."seq",
        printf('it is at event %d of %s, whose own are %d to %d', f."seq", f."parentId", e."first", COALESCE(e."end", e."first" - 1)) AS "what"
      FROM "Fork" AS f JOIN "Extent" AS e ON e."sessionId" = f."parentId"
      WHERE f."seq" < e."first" OR f."seq" > COALESCE(e."end", 0)`,
    advice: restoreBackup,
  },
  {
    name: 'fork-operation',
    rule: 'A fork counts its operations on from the last one that it shares.',
    find: `SELECT * FROM (
        SELECT f."sessionId", f."seq", f."operation" AS "was", COALESCE(
          (SELECT "operation" FROM "Event" WHERE "Event"."sessionId" = f."parentId" AND "type" = 'OperationQueued' AND "Event"."seq" <= f."seq"
            ORDER BY "Event"."seq" DESC LIMIT 1),
          (SELECT "operation" FROM "Fork" AS p WHERE p."sessionId" = f."parentId"), 0) AS "right",
          printf('the last operation that it shares is %d by its row of Fork, and not by the history', f."operation") AS "what"
        FROM "Fork" AS f
      ) WHERE "was" <> "right"`,
    advice: restoreBackup,
  },
  {
    name: 'fork-depth',
    rule: 'A fork knows how many forks there are between it and a session that begins by itself.',
    find: wrongDepth,
    mend: `UPDATE "Fork" SET "depth" = found."right" FROM (${wrongDepth}) AS found WHERE "Fork"."sessionId" = found."sessionId"`,
    advice: '',
  },
  {
    name: 'fork-circle',
    rule: 'The past of a fork leads to a session that begins by itself.',
    find: `${depths} SELECT "sessionId", 'its past leads back to itself' AS "what" FROM "Fork"
      WHERE "sessionId" NOT IN (SELECT "sessionId" FROM chain)`,
    advice: restoreBackup,
  },
  {
    name: 'expiry',
    rule: 'A session that has a time to live expires, one that has none does not, and none expires while something runs in it.',
    find: `SELECT "sessionId", CASE
          WHEN "ttlSeconds" IS NULL THEN 'it lives for ever, and has a time to expire'
          WHEN "expiresAt" IS NULL THEN 'it has a time to live, and none to expire'
          ELSE 'it has expired, and has operations that have not ended' END AS "what"
      FROM "SessionHead" WHERE ("ttlSeconds" IS NULL) <> ("expiresAt" IS NULL) OR ("expiredAt" IS NOT NULL AND "unfinished" > 0)`,
    advice: 'Set the time to live of the session anew, with updateSession.',
  },
  {
    name: 'deleted-session',
    severity: 'NOTE',
    rule: 'Sessions that were deleted are being removed. The Lion that works with the database goes on with it, or the next that is started.',
    find: `SELECT "id" AS "sessionId", 'some of it is still there' AS "what" FROM "Session" WHERE "projectId" = ${removedProject}`,
    advice: '',
  },
];
