import { Prisma } from '../database/client.ts';
import { storedJson, timeOf, type Statements, type Stored } from '../database/statements.ts';
import type { Append } from './append.ts';
import type { SessionId } from '../ids.ts';
import {
  BatchState,
  operationKey,
  usedKeyKey,
  waitKey,
  type OperationState,
  type SessionState,
  type UsedKey,
  type WaitState,
} from './draft.ts';
import { eventVersion, type JsonObject } from './event.ts';
import type { Ledger } from './ledger.ts';
import { countNewSessions, Tallies } from './tally.ts';

/** A value as it is read again once it was stored. */
export const asStored = <T>(value: T): T => JSON.parse(storedJson(value) ?? 'null') as T;

/** Reads what a batch of appends looks at. */
export function load(statements: Statements, appends: readonly Append<unknown>[], ledger: Ledger): BatchState {
  const state = new BatchState(ledger, new Tallies(statements));
  const sessionIds = appends.flatMap(({ sessionId, source }) => (source ? [[sessionId], [source]] : [[sessionId]]));
  for (const row of statements.queryEach<SessionState>(selectSession, unique(sessionIds))) {
    const session = { ...row, expiresAt: timeOf(row.expiresAt), expiredAt: timeOf(row.expiredAt) };
    state.stored.set(session.sessionId, session);
    state.sessions.set(session.sessionId, session);
  }

  const detailed = appends.filter(({ details }) => details === true);
  const details = statements.queryEach<{ id: string; title: string | null; metadata: string }>(
    selectDetails,
    detailed.map(({ sessionId }) => [sessionId]),
  );
  for (const { id, title, metadata } of details) state.details.set(id, { title, metadata: JSON.parse(metadata) as JsonObject });

  const refsOf = (withFamily: boolean) =>
    unique(
      appends
        .filter((append) => (append.withFamily === true) === withFamily)
        .flatMap(({ sessionId, operations = [] }) => operations.map((number) => [sessionId, number] as const)),
    );
  addOperations(state, statements.queryEach(selectOperation, refsOf(false)));
  addOperations(state, familiesOf(statements, refsOf(true)));

  const waiting = appends.filter(({ withWaits }) => withWaits === true);
  const waits = statements.queryEach<WaitState & { sessionId: SessionId }>(
    selectWaits,
    unique(waiting.flatMap(({ sessionId, operations = [] }) => operations.map((number) => [sessionId, number]))),
  );
  for (const row of waits) {
    state.waits.set(waitKey(row.sessionId, row.operation, row.name), {
      ...row,
      startedAt: timeOf(row.startedAt),
      until: timeOf(row.until),
      isCalendar: row.isCalendar !== 0,
      endedAt: timeOf(row.endedAt),
    });
  }

  const keys = appends.flatMap(({ usedKey }) => (usedKey ? [[usedKey.projectId, usedKey.key]] : []));
  for (const key of statements.queryEach<UsedKey>(selectKey, keys)) state.usedKeys.set(usedKeyKey(key.projectId, key.key), key);
  return state;
}

/** Operations, each with its unfinished descendants and its ancestors. Most have neither. */
function familiesOf(statements: Statements, refs: readonly (readonly [string, number])[]): Stored<OperationState>[] {
  const found = statements.queryEach<OperationState>(selectOperation, refs);
  const parents = statements.queryEach<{ sessionId: string; parent: number }>(selectParent, refs);
  const related = [
    ...parents.map(({ sessionId, parent }) => [sessionId, parent]),
    ...found.flatMap(({ sessionId, number, parent }) => (parent === null ? [] : [[sessionId, number]])),
  ];
  return [...found, ...statements.queryEach<OperationState>(selectFamily, unique(related))];
}

/** Adds operations to the state of a batch. Those that it has already stay as the appends before left them. */
export function addOperations(state: BatchState, rows: readonly Stored<OperationState>[]): void {
  for (const row of rows) {
    const key = operationKey(row.sessionId, row.number);
    if (state.operations.has(key)) continue;
    state.operations.set(key, {
      ...row,
      reasoning: row.reasoning !== 0,
      createdAt: timeOf(row.createdAt),
      startedAt: timeOf(row.startedAt),
      finishedAt: timeOf(row.finishedAt),
      deadlineAt: timeOf(row.deadlineAt),
      personSince: timeOf(row.personSince),
      readyAt: timeOf(row.readyAt),
    });
  }
}

const unique = <Value extends readonly unknown[]>(values: readonly Value[]): Value[] => [
  ...new Map(values.map((value) => [value.join('/'), value])).values(),
];

/** Writes what a batch of appends decided. */
export function save(statements: Statements, state: BatchState): void {
  const put = <Field extends string>({ sql, fields }: RowStatement<Field>, rows: readonly Row<Field>[]): number =>
    statements.executeEach(
      sql,
      rows.map((row) => fields.map((field) => row[field])),
    );

  const newSessions = [...state.newSessions].map(([id, details]) => ({ id, ...details, ...state.sessions.get(id)! }));
  put(
    insertSession,
    newSessions.map(({ metadata, fork, ...session }) => ({
      ...session,
      metadata: storedJson(metadata),
      forkedFrom: fork?.source ?? null,
      forkSeq: fork?.seq ?? 0,
    })),
  );
  put(insertHead, newSessions);
  countNewSessions(statements, newSessions);
  put(
    insertFork,
    newSessions.flatMap(({ sessionId, fork }) => (fork ? [{ ...fork, sessionId, cutOff: storedJson(fork.cutOff) }] : [])),
  );
  put(
    updateDetails,
    [...state.newDetails].map(([id, { title, metadata }]) => ({ id, title, metadata: storedJson(metadata) })),
  );
  const changedSessions = [...state.changedSessions]
    .filter((id) => !state.newSessions.has(id))
    .map((id) => state.sessions.get(id)!);
  put(updateHead, changedSessions);
  put(
    updateSeldom,
    changedSessions.filter((session) => seldom.some((field) => session[field] !== state.stored.get(session.sessionId)![field])),
  );

  put(
    insertOperation,
    [...state.newOperations.values()].map((operation) => ({ ...operation, input: storedJson(operation.input) })),
  );
  put(
    updateOperation,
    [...state.changedOperations].filter((key) => !state.newOperations.has(key)).map((key) => state.operations.get(key)!),
  );
  put(
    updateResults,
    [...state.results].map(([key, { output, partialOutput, error }]) => {
      const { sessionId, number } = state.operations.get(key)!;
      return {
        sessionId,
        number,
        output: storedJson(output),
        partialOutput: storedJson(partialOutput),
        error: storedJson(error),
      };
    }),
  );
  for (const { sessionId, from, to } of state.copiedSteps) {
    statements.execute(Prisma.sql`
      INSERT INTO "Step" ("sessionId", "operation", "name", "try", "result", "recordedAt")
      SELECT "sessionId", CAST(${to} AS INTEGER), "name", "try", "result", "recordedAt" FROM "Step"
      WHERE "sessionId" = ${sessionId} AND "operation" = ${from} AND "recordedAt" IS NOT NULL`);
    // What nobody answered in time is asked again.
    statements.execute(Prisma.sql`
      INSERT INTO "Wait" ("sessionId", "operation", "name", "reason", "request", "startedAt", "until", "isCalendar", "endedAt", "answer",
        "answeredBy")
      SELECT "sessionId", CAST(${to} AS INTEGER), "name", "reason", "request", "startedAt", "until", "isCalendar", "endedAt", "answer",
        "answeredBy"
      FROM "Wait" WHERE "sessionId" = ${sessionId} AND "operation" = ${from} AND "endedAt" IS NOT NULL
        AND ("reason" = 'TIME' OR "answer" IS NOT NULL)`);
  }
  const recordedAt = new Date();
  put(
    upsertStep,
    [...state.steps.values()].map(({ recorded, ...step }) => ({
      ...step,
      ...(recorded && { result: storedJson({ value: recorded.value ?? null }), recordedAt }),
    })),
  );
  for (const { sessionId, ...of } of state.waitChanges) {
    if (of.change === 'open') put(openWait, [{ ...of.wait, sessionId, request: storedJson(of.request ?? undefined) }]);
    else if (of.change === 'end') put(endWait, [{ ...of.wait, sessionId, answer: storedJson(of.answer) }]);
    else statements.executeEach(dropWaits, [[sessionId, of.operation]]);
  }
  put(insertKey, state.newKeys);
  put(
    addSpending,
    state.spendings.map(({ usage: { cost, ...tokens }, keyId, at, ...spending }) => ({
      ...spending,
      ...tokens,
      keyId: keyId ?? '',
      day: at.toISOString().slice(0, 10),
      calls: 1,
      cost: cost ?? 0,
      unpricedCalls: cost === null,
    })),
  );
  state.ledger.save();
  const inserted = put(
    insertEvent,
    state.events.map((event) => ({ ...event, version: eventVersion(event.type), payload: storedJson(event.payload) })),
  );
  if (inserted !== state.events.length) throw new Error(`${state.events.length} events were to be stored, and ${inserted} were`);
}

/** A statement that writes one row, from the fields of an object that are named like its columns. */
interface RowStatement<Field extends string> {
  sql: string;
  fields: readonly Field[];
}

type Row<Field extends string> = { readonly [F in Field]?: unknown };

export const quoted = (fields: readonly string[]): string[] => fields.map((field) => `"${field}"`);

function insertInto<Field extends string>(table: string, fields: readonly Field[], onConflict = ''): RowStatement<Field> {
  const marks = fields.map(() => '?').join(', ');
  return { fields, sql: `INSERT INTO "${table}" (${quoted(fields).join(', ')}) VALUES (${marks}) ${onConflict}` };
}

function update<Field extends string>(table: string, fields: readonly Field[], key: readonly Field[]): RowStatement<Field> {
  const set = quoted(fields).map((column) => `${column} = ?`);
  const where = quoted(key).map((column) => `${column} = ?`);
  return { fields: [...fields, ...key], sql: `UPDATE "${table}" SET ${set.join(', ')} WHERE ${where.join(' AND ')}` };
}

function select(table: string, fields: readonly string[], keys: readonly string[]): string {
  const where = quoted(keys).map((column) => `${column} = ?`);
  return `SELECT ${quoted(fields).join(', ')} FROM ${table} WHERE ${where.join(' AND ')}`;
}

const usage = ['inputTokens', 'outputTokens', 'cachedTokens', 'reasoningTokens', 'cost'] as const;

const insertSession = insertInto('Session', [
  'id',
  'projectId',
  'keyId',
  'title',
  'metadata',
  'createdAt',
  'forkedFrom',
  'forkSeq',
]);
const insertFork = insertInto('Fork', ['sessionId', 'parentId', 'seq', 'operation', 'depth', 'cutOff']);
const selectDetails = select(`"Session"`, ['id', 'title', 'metadata'], ['id']);
const updateDetails = update('Session', ['title', 'metadata'], ['id']);

const head = ['lastSeq', 'lastOperation', 'unfinished', ...usage] as const;
const seldom = ['ttlSeconds', 'expiresAt', 'expiredAt', 'onBusy'] as const;
const insertHead = insertInto('SessionHead', ['sessionId', ...head, ...seldom]);
const updateHead = update('SessionHead', head, ['sessionId']);
/** Apart, as it seldom changes: with each append it would rewrite the index, too. */
const updateSeldom = update('SessionHead', seldom, ['sessionId']);
const selectSession = select(
  `"SessionHead" JOIN "Session" ON "Session"."id" = "sessionId"`,
  ['sessionId', 'projectId', ...head, ...seldom],
  ['sessionId'],
);

const operationKeys = ['sessionId', 'number'] as const;
const operationState = [
  'status',
  'endedSeq',
  'attempt',
  'crashes',
  'suspicion',
  'nodeId',
  'model',
  'emits',
  ...usage,
  'startedAt',
  'finishedAt',
  'deadlineAt',
  'waitingFor',
  'openWaits',
  'personWaits',
  'personSince',
  'readyAt',
] as const;
const operationOrigin = [
  'queuedSeq',
  'projectId',
  'kind',
  'version',
  'parent',
  'position',
  'name',
  'retryOf',
  'keyId',
  'onBusy',
  'reasoning',
  'createdAt',
  'timeoutMs',
  'budgetOf',
  'requestId',
  'traceparent',
] as const;
const insertOperation = insertInto('Operation', [...operationKeys, ...operationOrigin, 'input', ...operationState]);
const updateOperation = update('Operation', operationState, operationKeys);
export const operationFields = [...operationKeys, ...operationOrigin, ...operationState];
export const selectOperation = select(`"Operation"`, operationFields, operationKeys);
/** The operation, if it has unfinished children. */
const selectParent = `
  SELECT "sessionId", "parent" FROM "Operation"
  WHERE "sessionId" = ? AND "parent" = ? AND "status" IN ('QUEUED', 'RUNNING', 'WAITING') LIMIT 1`;
/** The operation, its unfinished descendants, and its ancestors. */
const selectFamily = `
  WITH RECURSIVE root(s, n) AS (SELECT ?, ?), tree(s, n) AS (
    SELECT s, n FROM root
    UNION
    SELECT "sessionId", "number" FROM "Operation" JOIN tree ON "sessionId" = s AND "parent" = n
    WHERE "status" IN ('QUEUED', 'RUNNING', 'WAITING')
  ), line(s, n) AS (
    SELECT s, n FROM root
    UNION
    SELECT "sessionId", "parent" FROM "Operation" JOIN line ON "sessionId" = s AND "number" = n WHERE "parent" IS NOT NULL
  )
  SELECT ${quoted(operationFields).join(', ')} FROM (SELECT s, n FROM tree UNION SELECT s, n FROM line)
  CROSS JOIN "Operation" ON "sessionId" = s AND "number" = n`;
const updateResults = update('Operation', ['output', 'partialOutput', 'error'], operationKeys);

const upsertStep = insertInto(
  'Step',
  ['sessionId', 'operation', 'name', 'try', 'result', 'recordedAt'],
  `ON CONFLICT ("sessionId", "operation", "name") DO UPDATE SET
    "try" = excluded."try", "result" = excluded."result", "recordedAt" = excluded."recordedAt"`,
);

const waitKeys = ['sessionId', 'operation', 'name'] as const;
const waitState = ['reason', 'startedAt', 'until', 'isCalendar', 'endedAt', 'answeredBy'] as const;
const openWait = insertInto(
  'Wait',
  [...waitKeys, ...waitState, 'request'],
  `ON CONFLICT ("sessionId", "operation", "name") DO UPDATE SET
    "request" = excluded."request", "endedAt" = NULL, "answer" = NULL, "answeredBy" = NULL`,
);
const endWait = update('Wait', ['endedAt', 'answer', 'answeredBy'], waitKeys);
const dropWaits = `DELETE FROM "Wait" WHERE "sessionId" = ? AND "operation" = ? AND "endedAt" IS NULL`;
const selectWaits = select(`"Wait"`, [...waitKeys, ...waitState], ['sessionId', 'operation']);

const keyUse = ['projectId', 'key', 'payloadHash', 'sessionId', 'operation'] as const;
const insertKey = insertInto('IdempotencyKey', [...keyUse, 'createdAt']);
const selectKey = select(`"IdempotencyKey"`, keyUse, ['projectId', 'key']);

const account = ['projectId', 'day', 'model', 'kind', 'keyId'] as const;
const sums = ['calls', ...usage, 'unpricedCalls'] as const;
/** Adds what was used to the account of its day, model, kind and key. */
const addSpending = insertInto(
  'UsageOfDay',
  [...account, ...sums],
  `ON CONFLICT (${quoted(account).join(', ')}) DO UPDATE SET
    ${quoted(sums)
      .map((sum) => `${sum} = "UsageOfDay".${sum} + excluded.${sum}`)
      .join(', ')}`,
);

const insertEvent = insertInto('Event', ['sessionId', 'seq', 'type', 'version', 'at', 'operation', 'payload']);
