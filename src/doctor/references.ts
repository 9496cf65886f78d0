import { restoreBackup, type Check } from './check.ts';

/** Rows that belong to a row of another table, by the columns that name it. All foreign keys of the schema are here. */
interface Reference {
  name: string;
  rule: string;
  from: string;
  columns: readonly string[];
  to: string;
  keys: readonly string[];
  /** What the place is: columns of `from`, as SQL. */
  place: string;
  what: string;
  /**
   * Where rows that belong to nothing are to be deleted, as nobody can reach them: when, in SQL. Left out where they hold what was
   * said or done, and where others reach them.
   */
  deletedWhere?: string;
  advice: string;
}

const ofSession = { columns: ['sessionId'], to: 'Session', keys: ['id'] };
const ofOperation = { columns: ['sessionId', 'operation'], to: 'Operation', keys: ['sessionId', 'number'] };
const placeOfOperation = `r."sessionId" AS "sessionId", r."operation" AS "operation"`;

/** Without its session, a row that only completes it is of no use; where its history is still there, somebody may want to save that. */
const nothingElseLeft = `NOT EXISTS (SELECT 1 FROM "Event" WHERE "Event"."sessionId" = r."sessionId")
  AND NOT EXISTS (SELECT 1 FROM "Operation" WHERE "Operation"."sessionId" = r."sessionId")`;

export const references: readonly Reference[] = [
  {
    name: 'operation-without-session',
    rule: 'Each operation belongs to a session that is there.',
    from: 'Operation',
    ...ofSession,
    place: `r."sessionId" AS "sessionId", r."number" AS "operation"`,
    what: `'its session is not there'`,
    advice: restoreBackup,
  },
  {
    name: 'event-without-session',
    rule: 'Each event belongs to a session that is there.',
    from: 'Event',
    ...ofSession,
    place: `r."sessionId" AS "sessionId", r."seq" AS "seq"`,
    what: `'its session is not there'`,
    advice: restoreBackup,
  },
  {
    name: 'head-without-session',
    rule: 'Each row of SessionHead belongs to a session that is there.',
    from: 'SessionHead',
    ...ofSession,
    place: `r."sessionId" AS "sessionId"`,
    what: `'its session is not there'`,
    deletedWhere: nothingElseLeft,
    advice: restoreBackup,
  },
  {
    name: 'fork-without-session',
    rule: 'Each row of Fork belongs to a session that is there.',
    from: 'Fork',
    ...ofSession,
    place: `r."sessionId" AS "sessionId"`,
    what: `'its session is not there'`,
    deletedWhere: nothingElseLeft,
    advice: restoreBackup,
  },
  {
    name: 'step-without-operation',
    rule: 'Each step belongs to an operation that is there.',
    from: 'Step',
    ...ofOperation,
    place: placeOfOperation,
    what: `printf('step "%s" is left of an operation that is not there', r."name")`,
    deletedWhere: '1',
    advice: '',
  },
  {
    name: 'wait-without-operation',
    rule: 'Each wait belongs to an operation that is there.',
    from: 'Wait',
    ...ofOperation,
    place: placeOfOperation,
    what: `printf('wait "%s" is left of an operation that is not there', r."name")`,
    deletedWhere: '1',
    advice: '',
  },
  {
    name: 'idempotency-key-without-operation',
    rule: 'Each idempotency key leads to an operation that is there.',
    from: 'IdempotencyKey',
    ...ofOperation,
    place: placeOfOperation,
    what: `printf('idempotency key "%s" leads to an operation that is not there', r."key")`,
    deletedWhere: '1',
    advice: '',
  },
  {
    name: 'budget-without-session',
    rule: 'Each budget of a session or an operation belongs to a session that is there.',
    from: 'SessionBudget',
    ...ofSession,
    place: `r."sessionId" AS "sessionId"`,
    what: `'a budget is left of a session that is not there'`,
    deletedWhere: '1',
    advice: '',
  },
  {
    name: 'event-without-operation',
    rule: 'Each event of an operation is of one that is there.',
    from: 'Event',
    ...ofOperation,
    place: `${placeOfOperation}, r."seq" AS "seq"`,
    what: `'its operation is not there'`,
    advice: restoreBackup,
  },
  {
    name: 'child-without-parent',
    rule: 'Each child has a parent that is there.',
    from: 'Operation',
    columns: ['sessionId', 'parent'],
    to: 'Operation',
    keys: ['sessionId', 'number'],
    place: `r."sessionId" AS "sessionId", r."number" AS "operation"`,
    what: `printf('its parent, operation %d, is not there', r."parent")`,
    advice: restoreBackup,
  },
  {
    name: 'retry-without-source',
    rule: 'What an operation is a retry of is there.',
    from: 'Operation',
    columns: ['sessionId', 'retryOf'],
    to: 'Operation',
    keys: ['sessionId', 'number'],
    place: `r."sessionId" AS "sessionId", r."number" AS "operation"`,
    what: `printf('it is a retry of operation %d, which is not there', r."retryOf")`,
    advice: restoreBackup,
  },
  {
    name: 'key-without-project',
    rule: 'Each API key belongs to a project that is there.',
    from: 'Key',
    columns: ['projectId'],
    to: 'Project',
    keys: ['id'],
    place: `NULL AS "sessionId"`,
    what: `printf('%s (%s...) is left of project %s, which is not there', r."id", r."prefix", r."projectId")`,
    deletedWhere: '1',
    advice: '',
  },
  {
    name: 'former-secret-without-key',
    rule: 'Each former secret belongs to an API key that is there.',
    from: 'FormerSecret',
    columns: ['keyId'],
    to: 'Key',
    keys: ['id'],
    place: `NULL AS "sessionId"`,
    what: `printf('the former secret %s... is left of %s, which is not there', r."prefix", r."keyId")`,
    deletedWhere: '1',
    advice: '',
  },
];

/** Each foreign key of the schema, as a check: SQLite only looks at them when rows are written, and only where it is told to. */
export const referenceChecks: readonly Check[] = references.map(
  ({ name, rule, from, columns, to, keys, place, what, deletedWhere, advice }): Check => {
    const belongs = columns.map((column, index) => `t."${keys[index]}" = r."${column}"`).join(' AND ');
    const isDangling = `${columns.map((column) => `r."${column}" IS NOT NULL`).join(' AND ')}
      AND NOT EXISTS (SELECT 1 FROM "${to}" AS t WHERE ${belongs})`;
    return {
      name,
      rule,
      find: `SELECT ${place}, ${what} AS "what", ${deletedWhere ?? '0'} AS "mendable" FROM "${from}" AS r WHERE ${isDangling}`,
      ...(deletedWhere !== undefined && { mend: `DELETE FROM "${from}" AS r WHERE ${isDangling} AND (${deletedWhere})` }),
      advice,
    };
  },
);
