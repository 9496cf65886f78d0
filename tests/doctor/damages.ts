import { parseOperationId } from '../../src/ids.ts';
import type { Healthy } from './healthy.ts';

/** A kind of damage that no Lion does. */
export interface Damage {
  /** The check that is to find it. */
  check: string;
  /** What else is wrong then. */
  also?: string[];
  sql: string;
  /** Where it is to be found: ids, or `<id>@<seq>`; empty for what is of no session. */
  at: string[];
  mends: boolean;
}

/** Kinds of damage to a healthy database, at least one for each check. */
export function damagesTo(ids: Healthy): Damage[] {
  const { main, forked, deeper, kept, queue, spoken, worked, workedChild, failed, last, asking, asked, queued, pruned, lastSeq } =
    ids;
  const { budgeted, thrifty } = ids;
  const where = (id: string, number = '"number"'): string => {
    const ref = parseOperationId(id)!;
    return `"sessionId" = '${ref.sessionId}' AND ${number} = ${ref.number}`;
  };
  const set = (id: string, columns: string): string => `UPDATE "Operation" SET ${columns} WHERE ${where(id)};`;
  const head = (id: string, columns: string): string => `UPDATE "SessionHead" SET ${columns} WHERE "sessionId" = '${id}';`;
  const events = (id: string, type: string): string => `${where(id, '"operation"')} AND "type" = '${type}'`;
  const append = (sessionId: string, type: string, operation: string, payload = '{}'): string => `
    UPDATE "SessionHead" SET "lastSeq" = "lastSeq" + 1 WHERE "sessionId" = '${sessionId}';
    INSERT INTO "Event" ("sessionId", "seq", "type", "version", "at", "operation", "payload")
      SELECT "sessionId", "lastSeq", '${type}', 1, '2026-11-25T00:00:00.000+00:00', ${operation}, '${payload}' FROM "SessionHead"
      WHERE "sessionId" = '${sessionId}';`;
  const unknownOperation = main.replace('ses_', 'op_') + '_999';
  const numberOf = (id: string): number => parseOperationId(id)!.number;
  const time = `'2026-11-25T00:00:00.000+00:00'`;
  return [
    // What points to nothing.
    {
      check: 'step-without-operation',
      sql: `INSERT INTO "Step" VALUES ('${main}', 999, 'left', 1, '{"value":1}', ${time})`,
      at: [unknownOperation],
      mends: true,
    },
    {
      check: 'wait-without-operation',
      sql: `INSERT INTO "Wait" ("sessionId", "operation", "name", "reason", "startedAt") VALUES ('${main}', 999, 'left', 'TIME', ${time})`,
      at: [unknownOperation],
      mends: true,
    },
    {
      check: 'budget-without-session',
      sql: `INSERT INTO "SessionBudget" SELECT 'ses_gone', "operation", "period", "unit", "limit", "periodStart", "spent", "assumed", "reserved" FROM "SessionBudget" LIMIT 1`,
      at: ['ses_gone'],
      mends: true,
    },
    {
      check: 'idempotency-key-without-operation',
      sql: `UPDATE "IdempotencyKey" SET "operation" = 999`,
      at: [unknownOperation],
      mends: true,
    },
    {
      check: 'former-secret-without-key',
      sql: `INSERT INTO "FormerSecret" VALUES ('no hash', 'key_gone', 'lion_x', ${time}, NULL)`,
      at: [''],
      mends: true,
    },
    {
      check: 'key-without-project',
      sql: `INSERT INTO "Key" ("id", "projectId", "role", "name", "prefix", "hash", "createdAt") SELECT 'key_left', 'prj_gone', 'admin', 'left', 'lion_x', 'no hash', ${time}`,
      at: [''],
      mends: true,
    },
    {
      check: 'head-without-session',
      sql: `INSERT INTO "SessionHead" ("sessionId", "lastSeq", "lastOperation", "unfinished") VALUES ('ses_gone', 0, 0, 0)`,
      at: ['ses_gone'],
      mends: true,
    },
    {
      check: 'fork-without-session',
      sql: `INSERT INTO "Fork" VALUES ('ses_gone', '${main}', 1, 0, 1, '[]')`,
      at: ['ses_gone'],
      mends: true,
    },
    {
      check: 'operation-without-session',
      also: ['event-without-session', 'head-without-session', 'session-count'],
      sql: `DELETE FROM "Session" WHERE "id" = '${queue}'`,
      at: [asking, asked, queued],
      mends: false,
    },
    {
      check: 'event-without-session',
      also: ['head-without-session', 'operation-without-session', 'session-count'],
      sql: `DELETE FROM "Session" WHERE "id" = '${queue}'`,
      at: [1, 2, 3, 4, 5].map(() => `${queue}@*`),
      mends: false,
    },
    {
      check: 'event-without-operation',
      also: ['last-operation', 'session-usage', 'step-without-operation'],
      sql: `DELETE FROM "Operation" WHERE ${where(last)}`,
      at: [1, 2, 3, 4, 5].map(() => `${last}@*`),
      mends: false,
    },
    {
      check: 'child-without-parent',
      also: ['operation-family', 'operation-usage'],
      sql: set(workedChild, `"parent" = 999`),
      at: [workedChild],
      mends: false,
    },
    { check: 'retry-without-source', also: ['operation-family'], sql: set(last, `"retryOf" = 999`), at: [last], mends: false },
    // Histories.
    {
      check: 'event-unreadable',
      sql: `UPDATE "Event" SET "payload" = '{"text":' WHERE ${events(last, 'OperationQueued')}`,
      at: [`${last}@*`],
      mends: false,
    },
    {
      check: 'event-unreadable',
      sql: `UPDATE "Event" SET "version" = 99 WHERE ${events(last, 'OperationQueued')}`,
      at: [`${last}@*`],
      mends: false,
    },
    {
      check: 'history-begin',
      sql: `DELETE FROM "Event" WHERE "sessionId" = '${main}' AND "seq" = 1`,
      at: [`${main}@1`],
      mends: false,
    },
    {
      check: 'history-begin',
      sql: `DELETE FROM "Event" WHERE "sessionId" = '${deeper}' AND "type" = 'SessionForked'`,
      at: [`${deeper}@*`],
      mends: false,
    },
    {
      check: 'history-gap',
      sql: `DELETE FROM "Event" WHERE ${events(last, 'StepStarted')}`,
      at: [`${main}@*`],
      mends: false,
    },
    {
      check: 'history-gap',
      sql: `DELETE FROM "Event" WHERE "sessionId" = '${kept}' AND "seq" = 4`,
      at: [`${kept}@5`],
      mends: false,
    },
    {
      check: 'history-gap',
      sql: `UPDATE "Event" SET "payload" = '{"through":${pruned}}' WHERE "sessionId" = '${main}' AND "seq" = ${pruned}`,
      at: [`${main}@*`],
      mends: false,
    },
    {
      check: 'history-overlap',
      sql: `UPDATE "Event" SET "payload" = '{"through":${lastSeq}}' WHERE "sessionId" = '${main}' AND "seq" = ${pruned}`,
      at: [`${main}@${pruned}`],
      mends: false,
    },
    { check: 'history-end', sql: head(main, `"lastSeq" = "lastSeq" + 3`), at: [`${main}@${lastSeq + 3}`], mends: false },
    {
      check: 'history-end',
      also: ['fork-beyond-end'],
      sql: `DELETE FROM "Event" WHERE "sessionId" = '${kept}' AND "seq" = 5`,
      at: [`${kept}@5`],
      mends: false,
    },
    { check: 'last-seq', sql: head(main, `"lastSeq" = "lastSeq" - 3`), at: [`${main}@${lastSeq - 3}`], mends: true },
    // Sessions and forks.
    {
      check: 'session-without-head',
      sql: `DELETE FROM "SessionHead" WHERE "sessionId" = '${deeper}'`,
      at: [deeper],
      mends: false,
    },
    {
      check: 'deleted-session-with-head',
      sql: `INSERT INTO "SessionHead" ("sessionId", "lastSeq", "lastOperation", "unfinished") VALUES ('${kept}', 0, 0, 0)`,
      at: [kept],
      mends: true,
    },
    {
      check: 'session-without-project',
      also: ['operation-project', 'session-count'],
      sql: `UPDATE "Session" SET "projectId" = 'prj_gone' WHERE "id" = '${deeper}'`,
      at: [deeper],
      mends: false,
    },
    {
      check: 'kept-for-nothing',
      also: ['session-count'],
      sql: `UPDATE "Session" SET "projectId" = '(forks)' WHERE "id" = '${deeper}'; DELETE FROM "SessionHead" WHERE "sessionId" = '${deeper}'`,
      at: [deeper],
      mends: true,
    },
    { check: 'fork-seq', sql: `UPDATE "Session" SET "forkSeq" = 3 WHERE "id" = '${forked}'`, at: [forked], mends: true },
    {
      check: 'fork-seq',
      also: ['history-begin', 'operation-numbers'],
      sql: `DELETE FROM "Fork" WHERE "sessionId" = '${deeper}'`,
      at: [deeper],
      mends: false,
    },
    {
      check: 'fork-of-nothing',
      also: ['fork-operation'],
      sql: `UPDATE "Fork" SET "parentId" = 'ses_gone' WHERE "sessionId" = '${forked}'`,
      at: [`${forked}@${lastSeq}`],
      mends: false,
    },
    {
      check: 'fork-beyond-end',
      also: ['history-begin', 'fork-seq'],
      sql: `UPDATE "Fork" SET "seq" = 9000 WHERE "sessionId" = '${forked}'`,
      at: [`${deeper}@*`, `${forked}@9000`],
      mends: false,
    },
    {
      check: 'fork-operation',
      also: ['operation-numbers'],
      sql: `UPDATE "Fork" SET "operation" = 1 WHERE "sessionId" = '${forked}'`,
      at: [`${forked}@${lastSeq}`],
      mends: false,
    },
    { check: 'fork-depth', sql: `UPDATE "Fork" SET "depth" = 7 WHERE "sessionId" = '${deeper}'`, at: [deeper], mends: true },
    {
      check: 'fork-circle',
      also: ['fork-beyond-end', 'fork-operation'],
      sql: `UPDATE "Fork" SET "parentId" = '${deeper}' WHERE "sessionId" = '${forked}'`,
      at: [deeper, forked],
      mends: false,
    },
    { check: 'expiry', sql: head(queue, `"ttlSeconds" = 60`), at: [queue], mends: false },
    {
      check: 'expiry',
      sql: head(queue, `"expiresAt" = ${time}, "expiredAt" = ${time}, "ttlSeconds" = 60`),
      at: [queue],
      mends: false,
    },
    // Operations.
    {
      check: 'operation-numbers',
      also: ['event-without-operation', 'idempotency-key-without-operation', 'session-usage', 'step-without-operation'],
      sql: `DELETE FROM "Operation" WHERE ${where(spoken)}`,
      at: [main],
      mends: false,
    },
    { check: 'operation-family', sql: set(workedChild, `"position" = NULL`), at: [workedChild], mends: false },
    {
      check: 'operation-begin',
      also: ['fork-operation'],
      sql: `UPDATE "Event" SET "type" = 'StepStarted' WHERE ${events(last, 'OperationQueued')}`,
      at: [`${last}@*`],
      mends: false,
    },
    {
      check: 'operation-end',
      sql: append(main, 'DataEmitted', String(numberOf(last))),
      also: ['operation-emits'],
      at: [`${last}@${lastSeq}`],
      mends: false,
    },
    {
      check: 'operation-end',
      sql: append(main, 'OperationFailed', String(numberOf(last))),
      also: ['operation-status'],
      at: [`${last}@${lastSeq}`],
      mends: false,
    },
    {
      check: 'operation-status',
      sql:
        set(
          worked,
          `"status" = 'RUNNING', "nodeId" = 'node_x', "readyAt" = ${time}, "finishedAt" = NULL, "output" = NULL, "prunedAt" = NULL`,
        ) + head(main, `"unfinished" = 1`),
      at: [`${worked}@*`],
      mends: true,
    },
    {
      check: 'operation-status',
      also: ['operation-result'],
      sql: set(failed, `"status" = 'SUCCEEDED'`),
      at: [`${failed}@*`],
      mends: true,
    },
    {
      check: 'operation-status',
      also: ['operation-result', 'session-unfinished', 'operation-leftovers'],
      sql: set(queued, `"status" = 'CANCELLED', "readyAt" = ${time}`),
      at: [`${queued}@*`],
      mends: false,
    },
    { check: 'operation-result', sql: set(worked, `"finishedAt" = NULL, "output" = NULL`), at: [`${worked}@*`], mends: true },
    { check: 'operation-result', sql: set(failed, `"error" = NULL`), at: [`${failed}@*`], mends: true },
    { check: 'operation-result', sql: set(queued, `"prunedAt" = ${time}`), at: [queued], mends: true },
    { check: 'operation-place', sql: set(worked, `"queuedSeq" = "queuedSeq" + 1`), at: [worked], mends: true },
    { check: 'operation-place', sql: set(worked, `"endedSeq" = NULL`), at: [worked], mends: true },
    { check: 'operation-attempt', sql: set(asked, `"attempt" = 0, "startedAt" = NULL`), at: [`${asked}@*`], mends: true },
    {
      check: 'dangling-child',
      also: ['operation-place'],
      sql:
        append(
          queue,
          'OperationFailed',
          String(numberOf(asking)),
          '{"kind":"delegate","error":{"code":"X","message":"X.","retryable":false},"partialOutput":null}',
        ) +
        set(
          asking,
          `"status" = 'FAILED', "error" = '{"code":"X","message":"X.","retryable":false}', "finishedAt" = ${time}, "nodeId" = NULL, "readyAt" = NULL, "personWaits" = 0, "personSince" = NULL`,
        ) +
        set(queued, `"readyAt" = ${time}`) +
        head(queue, `"unfinished" = "unfinished" - 1`),
      at: [asked],
      mends: true,
    },
    {
      check: 'child-end',
      also: ['operation-place'],
      sql:
        append(main, 'OperationSucceeded', String(numberOf(workedChild))) +
        `UPDATE "Event" SET "type" = 'StepWaiting' WHERE ${events(workedChild, 'OperationSucceeded')} AND "seq" < ${lastSeq}`,
      at: [`${workedChild}@${lastSeq + 1}`],
      mends: false,
    },
    {
      check: 'operation-leftovers',
      sql: set(worked, `"nodeId" = 'node_x', "readyAt" = ${time}, "openWaits" = 1, "waitingFor" = 'TIME'`),
      at: [worked],
      mends: true,
    },
    { check: 'operation-claim', sql: set(queued, `"nodeId" = 'node_x'`), at: [queued], mends: true },
    { check: 'turn-never-granted', sql: set(asking, `"readyAt" = NULL`), at: [asking], mends: true },
    { check: 'operation-project', sql: set(last, `"projectId" = 'prj_other'`), at: [last], mends: true },
    { check: 'operation-emits', sql: set(worked, `"emits" = 5`), at: [worked], mends: true },
    {
      check: 'idempotency-key-project',
      sql: `INSERT INTO "IdempotencyKey" SELECT "projectId", 'left', 'x', '${kept}', 1, ${time} FROM "IdempotencyKey"`,
      at: [kept.replace('ses_', 'op_') + '_1'],
      mends: true,
    },
    {
      check: 'idempotency-key-project',
      sql: `UPDATE "IdempotencyKey" SET "projectId" = 'prj_other'`,
      at: [spoken],
      mends: false,
    },
    // Steps.
    {
      check: 'step-result',
      sql: `UPDATE "Step" SET "result" = NULL WHERE ${where(worked, '"operation"')}`,
      at: [worked],
      mends: false,
    },
    { check: 'step-lost', sql: `DELETE FROM "Step" WHERE ${where(worked, '"operation"')}`, at: [`${worked}@*`], mends: false },
    {
      check: 'step-untold',
      sql: `UPDATE "Step" SET "name" = 'another' WHERE ${where(worked, '"operation"')}`,
      also: ['step-lost'],
      at: [worked],
      mends: false,
    },
    // Waits.
    {
      check: 'leftover-wait',
      sql: `INSERT INTO "Wait" ("sessionId", "operation", "name", "reason", "startedAt") VALUES ('${main}', ${numberOf(last)}, 'left', 'TIME', ${time})`,
      at: [last],
      mends: true,
    },
    { check: 'open-waits', sql: set(asked, `"openWaits" = 3`), at: [asked], mends: true },
    {
      check: 'waiting-for-nothing',
      also: ['open-waits'],
      sql: `UPDATE "Wait" SET "endedAt" = ${time}`,
      at: [asked],
      mends: false,
    },
    { check: 'waiting-for', also: ['person-waits'], sql: set(asked, `"waitingFor" = NULL`), at: [asked], mends: true },
    { check: 'person-waits', sql: set(asking, `"personWaits" = 4`), at: [asking], mends: true },
    { check: 'person-waits', sql: set(asking, `"personSince" = NULL`), at: [asking], mends: false },
    { check: 'deadline', also: ['person-waits'], sql: set(asking, `"deadlineAt" = NULL`), at: [asking], mends: false },
    // Counters.
    { check: 'last-operation', sql: head(main, `"lastOperation" = 1`), at: [main], mends: true },
    { check: 'last-operation', sql: head(main, `"lastOperation" = 50`), at: [main], mends: false },
    { check: 'session-unfinished', sql: head(main, `"unfinished" = 2`), at: [main], mends: true },
    {
      check: 'operation-usage',
      also: ['session-usage'],
      sql: set(worked, `"inputTokens" = "inputTokens" + 100, "cost" = NULL`),
      at: [worked],
      mends: true,
    },
    // Mended in two rounds: that of the parent is counted from that of the child.
    {
      check: 'operation-usage',
      sql: set(workedChild, `"inputTokens" = "inputTokens" + 100`),
      at: [worked, workedChild],
      mends: true,
    },
    { check: 'session-count', sql: `UPDATE "SessionCount" SET "sessions" = 99`, at: [''], mends: true },
    { check: 'session-usage', sql: head(main, `"outputTokens" = 0`), at: [main], mends: true },
    // Budgets.
    {
      check: 'leftover-reservation',
      also: ['project-budget-reserved'],
      sql: `INSERT INTO "Reservation" SELECT '${main}', ${numberOf(last)}, 'left', 1, 1, "projectId", NULL, NULL, 77, 0 FROM "Budget"`,
      at: [last],
      mends: true,
    },
    { check: 'project-budget-reserved', sql: `UPDATE "Budget" SET "reserved" = 5`, at: [''], mends: true },
    { check: 'project-budget-spent', sql: `UPDATE "Budget" SET "spent" = 0`, at: [''], mends: true },
    {
      check: 'session-budget-reserved',
      sql: `UPDATE "SessionBudget" SET "reserved" = 5 WHERE "sessionId" = '${budgeted}' AND "operation" = 0`,
      at: [budgeted],
      mends: true,
    },
    { check: 'session-budget-spent', sql: `UPDATE "SessionBudget" SET "spent" = 0`, at: [budgeted, thrifty], mends: true },
  ];
}
