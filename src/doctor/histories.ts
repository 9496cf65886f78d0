import { eventTypes, eventVersion } from '../history/event.ts';
import { restoreBackup, type Check } from './check.ts';
import { inJson } from './sql.ts';

/** The last seq that an event stands for. */
const endOf = (event: string): string =>
  `iif(${event}."type" = 'EventsPruned', MAX(${event}."seq", COALESCE(${inJson(`${event}."payload"`, 'through')}, 0)), ${event}."seq")`;

const isKnown = `CASE "type" ${eventTypes
  .map((type) => `WHEN '${type}' THEN "version" BETWEEN 1 AND ${eventVersion(type)}`)
  .join(' ')} ELSE 0 END`;

const isCounterBehind = `SELECT e."sessionId", e."needed" AS "seq", e."end" AS "right",
    printf('it says that its last event is %d, and there are events up to %d', e."needed", e."end") AS "what"
  FROM "Extent" AS e WHERE e."isLive" AND e."end" > e."needed"`;

/** A history is whole: `seq` 1, 2, 3, ..., but for runs that were pruned. */
export const historyChecks: readonly Check[] = [
  {
    name: 'event-unreadable',
    rule: 'Each event is of a type and a version that this Lion knows, and its payload is JSON.',
    find: `SELECT "sessionId", "operation", "seq",
        iif(json_valid("payload"), printf('this Lion does not know %s of version %s', "type", "version"), 'its payload is no JSON') AS "what"
      FROM "Event" WHERE NOT (${isKnown}) OR NOT json_valid("payload")`,
    advice: 'Use the Lion that wrote it, if it is a newer one; otherwise, restore a backup from before (lion restore).',
  },
  {
    name: 'history-begin',
    rule: 'A history begins with SessionCreated at 1; what a fork wrote itself, with SessionForked behind what it shares.',
    find: `SELECT e."sessionId", e."first" AS "seq",
        CASE WHEN began."seq" IS NULL THEN 'it has no events, and should begin here'
          ELSE printf('it begins with %s at %d', began."type", began."seq") END AS "what"
      FROM "Extent" AS e LEFT JOIN "Event" AS began ON began."sessionId" = e."sessionId"
        AND began."seq" = (SELECT MIN("seq") FROM "Event" WHERE "Event"."sessionId" = e."sessionId")
      WHERE e."needed" IS NOT NULL AND (began."seq" IS NOT e."first"
        OR began."type" <> iif(EXISTS (SELECT 1 FROM "Fork" WHERE "Fork"."sessionId" = e."sessionId"), 'SessionForked', 'SessionCreated'))`,
    advice: restoreBackup,
  },
  {
    name: 'history-gap',
    rule: 'Each event of a history is followed by the one with the next seq; a pruned run, by the one after it.',
    find: `SELECT gap."sessionId", gap."seq", printf('of events %d to %d there is nothing', ${endOf('prev')} + 1, gap."seq" - 1) AS "what"
      FROM (
        SELECT "sessionId", "seq", "before" FROM (
          SELECT "sessionId", "seq", LAG("seq") OVER (PARTITION BY "sessionId" ORDER BY "seq") AS "before" FROM "Event"
        ) WHERE "seq" > "before" + 1
      ) AS gap
      CROSS JOIN "Event" AS prev ON prev."sessionId" = gap."sessionId" AND prev."seq" = gap."before"
      CROSS JOIN "Extent" AS e ON e."sessionId" = gap."sessionId"
      WHERE ${endOf('prev')} < iif(e."isLive", gap."seq" - 1, MIN(gap."seq" - 1, e."needed"))`,
    advice: restoreBackup,
  },
  {
    name: 'history-overlap',
    rule: 'A pruned run ends before the next event.',
    find: `SELECT run."sessionId", run."seq",
        CASE WHEN "through" IS NULL OR "through" < run."seq" THEN 'its end is before its beginning'
          ELSE printf('it is pruned through %d, and the next event is %d', "through", "next") END AS "what"
      FROM (
        SELECT e."sessionId", r."seq", ${inJson('r."payload"', 'through')} AS "through",
          (SELECT MIN(n."seq") FROM "Event" AS n WHERE n."sessionId" = r."sessionId" AND n."seq" > r."seq") AS "next"
        FROM "Extent" AS e CROSS JOIN "Event" AS r ON r."sessionId" = e."sessionId" AND r."type" = 'EventsPruned'
        WHERE e."isLive" OR r."seq" <= e."needed"
      ) AS run
      WHERE "through" IS NULL OR "through" < run."seq" OR "through" >= "next"`,
    advice: restoreBackup,
  },
  {
    name: 'history-end',
    rule: 'No history ends before the last event that its session or a fork of it counts on.',
    find: `SELECT "sessionId", "needed" AS "seq", printf('its last event is %d, and should be %d', "end", "needed") AS "what"
      FROM "Extent" WHERE "end" < "needed"`,
    advice: restoreBackup,
  },
  {
    name: 'last-seq',
    rule: 'A session gives its next event a seq that none has.',
    find: isCounterBehind,
    mend: `UPDATE "SessionHead" SET "lastSeq" = found."right" FROM (${isCounterBehind}) AS found
      WHERE "SessionHead"."sessionId" = found."sessionId"`,
    advice: '',
  },
];
