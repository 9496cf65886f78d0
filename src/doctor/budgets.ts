import type { Check } from './check.ts';
import { ended } from './sql.ts';

const left = `SELECT r."sessionId", r."operation", r."step",
    printf('%d tokens are reserved for a call of its step "%s", and it is %s', r."tokens", r."step",
      COALESCE(o."status", 'not there')) AS "what"
  FROM "Reservation" AS r
  LEFT JOIN "Operation" AS o ON o."sessionId" = r."sessionId" AND o."number" = r."operation"
  WHERE o."status" IS NOT 'RUNNING'`;

/** What of an amount counts in a budget `b`. */
const amount = (tokens: string, cost: string): string => `iif(b."unit" = 'TOKENS', ${tokens}, COALESCE(${cost}, 0))`;
const reservedWhere = (condition: string): string =>
  `COALESCE((SELECT SUM(${amount('r."tokens"', 'r."cost"')}) FROM "Reservation" AS r WHERE ${condition}), 0)`;

/** The two tables of budgets: the columns that name the owner, and how that is told. */
const tables = [
  {
    of: 'project',
    whose: 'a project or a key',
    table: 'Budget',
    owner: ['projectId', 'keyId'],
    place: `NULL AS "sessionId", NULL AS "operation"`,
    called: `iif(b."keyId" = '', b."projectId", b."keyId")`,
    reserved: reservedWhere(`r."projectId" = b."projectId" AND (b."keyId" = '' OR r."keyId" = b."keyId")`),
    used: `(SELECT COALESCE(SUM(${amount('u."inputTokens" + u."outputTokens"', 'u."cost"')}), 0) FROM "UsageOfDay" AS u
      WHERE u."projectId" = b."projectId" AND (b."keyId" = '' OR u."keyId" = b."keyId"))`,
  },
  {
    of: 'session',
    whose: 'a session or an operation',
    table: 'SessionBudget',
    owner: ['sessionId', 'operation'],
    place: `b."sessionId" AS "sessionId", NULLIF(b."operation", 0) AS "operation"`,
    called: `iif(b."operation" = 0, 'the session', 'the operation')`,
    reserved: reservedWhere(`r."sessionId" = b."sessionId" AND (b."operation" = 0 OR r."budgetOf" = b."operation")`),
    // While an operation runs, its usage is without that of its children; where a price is not known, a cost is not.
    used: `iif(b."operation" = 0,
      (SELECT iif(b."unit" = 'TOKENS', h."inputTokens" + h."outputTokens", h."cost") FROM "SessionHead" AS h
        WHERE h."sessionId" = b."sessionId"),
      (SELECT iif(b."unit" = 'TOKENS', o."inputTokens" + o."outputTokens", o."cost") FROM "Operation" AS o
        WHERE o."sessionId" = b."sessionId" AND o."number" = b."operation" AND o."status" IN ${ended}))`,
  },
] as const;

function countingChecks({ of, whose, table, owner, place, called, reserved, used }: (typeof tables)[number]): Check[] {
  const found = (right: string, isWrong: string, what: string): string => `SELECT *, printf(${what}) AS "what" FROM (
      SELECT ${place}, b."${owner[0]}" AS "owner", b."${owner[1]}" AS "part", b."period", b."unit", ${right} AS "right",
        b."reserved", b."spent" - b."assumed" AS "told", ${called} AS "called" FROM "${table}" AS b
    ) WHERE ${isWrong}`;
  const isFound = `b."${owner[0]}" = found."owner" AND b."${owner[1]}" = found."part" AND b."period" = found."period" AND b."unit" = found."unit"`;
  const wrongReserved = found(
    reserved,
    `"reserved" <> "right"`,
    `'the budget of %s (%s, %s) says that %d are reserved, and there are %d', "called", "period", "unit", "reserved", "right"`,
  );
  const wrongSpent = found(
    used,
    `"period" = 'TOTAL' AND "told" <> "right"`,
    `'the budget of %s (%s, %s) counts %d as used, and %d were', "called", "period", "unit", "told", "right"`,
  );
  return [
    {
      name: `${of}-budget-reserved`,
      rule: `In each budget of ${whose}, as much is reserved as its reservations come to.`,
      find: wrongReserved,
      mend: `UPDATE "${table}" AS b SET "reserved" = found."right" FROM (${wrongReserved}) AS found WHERE ${isFound}`,
      advice: '',
    },
    {
      name: `${of}-budget-spent`,
      rule: `Of each budget of ${whose} that is for ever, what was used is spent, and what is assumed besides.`,
      find: wrongSpent,
      mend: `UPDATE "${table}" AS b SET "spent" = found."right" + b."assumed" FROM (${wrongSpent}) AS found WHERE ${isFound}`,
      advice: '',
    },
  ];
}

/** Budgets and what is reserved of them. They come after the counters of usage, by which they are mended. */
export const budgetChecks: readonly Check[] = [
  {
    name: 'leftover-reservation',
    rule: 'What is reserved is reserved for a call of an operation that is running.',
    find: left,
    mend: `DELETE FROM "Reservation" AS r WHERE EXISTS (SELECT 1 FROM (${left}) AS found
      WHERE found."sessionId" = r."sessionId" AND found."operation" = r."operation" AND found."step" = r."step")`,
    advice: '',
  },
  ...tables.flatMap(countingChecks),
];
