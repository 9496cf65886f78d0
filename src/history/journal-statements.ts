import { Prisma } from '../database/client.ts';
import { storedTime, timeOf, type Statements } from '../database/statements.ts';
import type { Append } from './append.ts';
import { BatchState, operationKey, usedKeyKey, type OperationState, type SessionState, type UsedKey } from './draft.ts';
import { eventVersion, type JsonObject } from './event.ts';

/**
 * Statements are set-based: their number does not grow with the batch. Rows travel as one JSON array, in which what a
 * database cannot keep as text (NUL, half a surrogate pair) is replaced: one such row would spoil the whole batch.
 */
const rows = (values: readonly unknown[]): string => {
  const text = JSON.stringify(values);
  return text.includes('\\u') ? text.replaceAll(unstorable, '$1\\ufffd') : text;
};

/** A value as it is read again once it was stored. */
export function asStored<T>(value: T): T {
  const text = JSON.stringify(value);
  return text.includes('\\u') ? (JSON.parse(text.replaceAll(unstorable, '$1\\ufffd')) as T) : value;
}

const unstorable = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/** Reads what a batch of appends looks at. */
export function load(statements: Statements, appends: readonly Append<unknown>[]): BatchState {
  const state = new BatchState();
  const sessionIds = [...new Set(appends.map(({ sessionId }) => sessionId))].toSorted();
  const sessions = statements.query<SessionState>(Prisma.sql`
    SELECT "sessionId", "projectId", "lastSeq", "lastOperation", "unfinished", "ttlSeconds", "expiresAt", "expiredAt",
      "inputTokens", "outputTokens", "cachedTokens", "reasoningTokens", "cost"
    FROM json_each(${JSON.stringify(sessionIds)}) AS wanted
    CROSS JOIN "SessionHead" ON "sessionId" = wanted.value JOIN "Session" ON "Session"."id" = "sessionId"`);
  for (const row of sessions)
    state.sessions.set(row.sessionId, { ...row, expiresAt: timeOf(row.expiresAt), expiredAt: timeOf(row.expiredAt) });

  const detailed = appends.flatMap(({ sessionId, details }) => (details === true ? [sessionId] : []));
  if (detailed.length > 0) {
    const found = statements.query<{ sessionId: string; title: string | null; metadata: string }>(Prisma.sql`
      SELECT "Session"."id" AS "sessionId", "title", "metadata"
      FROM json_each(${JSON.stringify(detailed)}) AS wanted CROSS JOIN "Session" ON "Session"."id" = wanted.value`);
    for (const { sessionId, title, metadata } of found)
      state.details.set(sessionId, { title, metadata: JSON.parse(metadata) as JsonObject });
  }

  const refsOf = (some: readonly Append<unknown>[]) =>
    some.flatMap(({ sessionId, operations = [] }) => operations.map((number) => [sessionId, number] as const));
  const alone = refsOf(appends.filter(({ withFamily }) => withFamily !== true));
  const families = refsOf(appends.filter(({ withFamily }) => withFamily === true));
  if (alone.length > 0)
    loadOperations(statements, state, Prisma.sql`SELECT value ->> 0, value ->> 1 FROM json_each(${JSON.stringify(alone)})`);
  if (families.length > 0) {
    loadOperations(
      statements,
      state,
      Prisma.sql`
        WITH RECURSIVE root(s, n) AS (SELECT value ->> 0, value ->> 1 FROM json_each(${JSON.stringify(families)})), tree(s, n) AS (
          SELECT s, n FROM root
          UNION
          SELECT "sessionId", "number" FROM "Operation" JOIN tree ON "sessionId" = s AND "parent" = n
          WHERE "status" IN ('QUEUED', 'RUNNING', 'WAITING')
        )
        SELECT s, n FROM tree
        UNION
        SELECT "sessionId", "parent" FROM "Operation" JOIN root ON "sessionId" = s AND "number" = n WHERE "parent" IS NOT NULL`,
    );
  }

  const keys = appends.flatMap(({ usedKey }) => (usedKey ? [[usedKey.projectId, usedKey.key] as const] : []));
  if (keys.length > 0) {
    const used = statements.query<UsedKey>(Prisma.sql`
      SELECT "projectId", "IdempotencyKey"."key" AS "key", "payloadHash", "sessionId", "operation"
      FROM json_each(${JSON.stringify(keys)}) AS wanted
      CROSS JOIN "IdempotencyKey" ON "projectId" = wanted.value ->> 0 AND "IdempotencyKey"."key" = wanted.value ->> 1`);
    for (const key of used) state.usedKeys.set(usedKeyKey(key.projectId, key.key), key);
  }
  return state;
}

/** @param wanted selects pairs of a session's id and an operation's number */
function loadOperations(statements: Statements, state: BatchState, wanted: Prisma.Sql): void {
  const found = statements.query<OperationState>(Prisma.sql`
    SELECT "sessionId", "number", "projectId", "kind", "version", "status", "attempt", "crashes", "suspicion", "nodeId", "parent", "position",
      "name", "retryOf", "keyId", "model", "reasoning", "emits", "inputTokens", "outputTokens", "cachedTokens", "reasoningTokens", "cost",
      "createdAt", "startedAt", "finishedAt", "deadlineAt"
    FROM "Operation" WHERE ("sessionId", "number") IN (${wanted})`);
  for (const row of found) {
    state.operations.set(operationKey(row.sessionId, row.number), {
      ...row,
      reasoning: row.reasoning !== 0,
      createdAt: timeOf(row.createdAt),
      startedAt: timeOf(row.startedAt),
      finishedAt: timeOf(row.finishedAt),
      deadlineAt: timeOf(row.deadlineAt),
    });
  }
}

/** Writes what a batch of appends decided. */
export function save(statements: Statements, state: BatchState): void {
  if (state.newSessions.size > 0) insertSessions(statements, state);
  if (state.newDetails.size > 0) updateDetails(statements, state);
  if (state.changedSessions.size > 0) updateHeads(statements, state);
  if (state.newOperations.size > 0) insertOperations(statements, state);
  const changed = [...state.changedOperations].filter((key) => !state.newOperations.has(key));
  if (changed.length > 0) updateOperations(statements, state, changed);
  for (const { sessionId, from, to } of state.copiedSteps) {
    statements.execute(Prisma.sql`
      INSERT INTO "Step" ("sessionId", "operation", "name", "try", "result", "recordedAt")
      SELECT "sessionId", CAST(${to} AS INTEGER), "name", "try", "result", "recordedAt" FROM "Step"
      WHERE "sessionId" = ${sessionId} AND "operation" = ${from} AND "recordedAt" IS NOT NULL`);
  }
  if (state.steps.size > 0) upsertSteps(statements, state);
  if (state.newKeys.length > 0) {
    const values = state.newKeys.map((key) => ({ ...key, createdAt: storedTime(key.createdAt) }));
    statements.execute(Prisma.sql`
      INSERT INTO "IdempotencyKey" ("projectId", "key", "payloadHash", "sessionId", "operation", "createdAt")
      SELECT value ->> 'projectId', value ->> 'key', value ->> 'payloadHash', value ->> 'sessionId', value ->> 'operation',
        value ->> 'createdAt'
      FROM json_each(${rows(values)})`);
  }
  if (state.spendings.length > 0) addSpendings(statements, state);
  if (state.events.length > 0) insertEvents(statements, state);
}

function insertSessions(statements: Statements, state: BatchState): void {
  const values = [...state.newSessions].map(([id, details]) => {
    const { projectId, expiresAt, expiredAt, ...head } = state.sessions.get(id)!;
    return {
      ...head,
      ...details,
      projectId,
      createdAt: storedTime(details.createdAt),
      expiresAt: storedTime(expiresAt),
      expiredAt: storedTime(expiredAt),
    };
  });
  statements.execute(Prisma.sql`
    INSERT INTO "Session" ("id", "projectId", "title", "metadata", "createdAt")
    SELECT value ->> 'sessionId', value ->> 'projectId', value ->> 'title', value -> 'metadata', value ->> 'createdAt'
    FROM json_each(${rows(values)})`);
  statements.execute(Prisma.sql`
    INSERT INTO "SessionHead" ("sessionId", "lastSeq", "lastOperation", "unfinished", "ttlSeconds", "expiresAt", "expiredAt",
      "inputTokens", "outputTokens", "cachedTokens", "reasoningTokens", "cost")
    SELECT value ->> 'sessionId', value ->> 'lastSeq', value ->> 'lastOperation', value ->> 'unfinished',
      value ->> 'ttlSeconds', value ->> 'expiresAt', value ->> 'expiredAt',
      value ->> 'inputTokens', value ->> 'outputTokens', value ->> 'cachedTokens', value ->> 'reasoningTokens', value ->> 'cost'
    FROM json_each(${rows(values)})`);
}

function updateDetails(statements: Statements, state: BatchState): void {
  const values = [...state.newDetails].map(([sessionId, details]) => ({ sessionId, ...details }));
  statements.execute(Prisma.sql`
    UPDATE "Session" SET "title" = value ->> 'title', "metadata" = value -> 'metadata'
    FROM json_each(${rows(values)}) WHERE "Session"."id" = value ->> 'sessionId'`);
}

function updateHeads(statements: Statements, state: BatchState): void {
  const values = [...state.changedSessions]
    .filter((id) => !state.newSessions.has(id))
    .map((id) => {
      const { expiresAt, expiredAt, ...head } = state.sessions.get(id)!;
      return { ...head, expiresAt: storedTime(expiresAt), expiredAt: storedTime(expiredAt) };
    });
  if (values.length === 0) return;
  statements.execute(Prisma.sql`
    UPDATE "SessionHead" SET
      "lastSeq" = value ->> 'lastSeq', "lastOperation" = value ->> 'lastOperation', "unfinished" = value ->> 'unfinished',
      "ttlSeconds" = value ->> 'ttlSeconds', "expiresAt" = value ->> 'expiresAt', "expiredAt" = value ->> 'expiredAt',
      "inputTokens" = value ->> 'inputTokens', "outputTokens" = value ->> 'outputTokens', "cachedTokens" = value ->> 'cachedTokens',
      "reasoningTokens" = value ->> 'reasoningTokens', "cost" = value ->> 'cost'
    FROM json_each(${rows(values)}) WHERE "sessionId" = value ->> 'sessionId'`);
}

const operationValues = (state: BatchState, key: string, operation: OperationState) => ({
  ...operation,
  ...state.results.get(key),
  createdAt: storedTime(operation.createdAt),
  startedAt: storedTime(operation.startedAt),
  finishedAt: storedTime(operation.finishedAt),
  deadlineAt: storedTime(operation.deadlineAt),
});

function insertOperations(statements: Statements, state: BatchState): void {
  const values = [...state.newOperations].map(([key, operation]) => operationValues(state, key, operation));
  statements.execute(Prisma.sql`
    INSERT INTO "Operation" ("sessionId", "number", "projectId", "kind", "version", "status", "attempt", "crashes", "suspicion", "nodeId", "parent",
      "position", "name", "retryOf", "keyId", "model", "reasoning", "input", "output", "partialOutput", "error", "emits", "inputTokens", "outputTokens", "cachedTokens",
      "reasoningTokens", "cost", "createdAt", "startedAt", "finishedAt", "deadlineAt")
    SELECT value ->> 'sessionId', value ->> 'number', value ->> 'projectId', value ->> 'kind', value ->> 'version', value ->> 'status',
      value ->> 'attempt', value ->> 'crashes', value ->> 'suspicion', value ->> 'nodeId', value ->> 'parent', value ->> 'position', value ->> 'name', value ->> 'retryOf',
      value ->> 'keyId', value ->> 'model', value ->> 'reasoning', value -> 'input', value -> 'output', value -> 'partialOutput',
      value -> 'error', value ->> 'emits', value ->> 'inputTokens',
      value ->> 'outputTokens', value ->> 'cachedTokens', value ->> 'reasoningTokens', value ->> 'cost',
      value ->> 'createdAt', value ->> 'startedAt', value ->> 'finishedAt', value ->> 'deadlineAt'
    FROM json_each(${rows(values)})`);
}

function updateOperations(statements: Statements, state: BatchState, keys: readonly string[]): void {
  const values = keys.map((key) => operationValues(state, key, state.operations.get(key)!));
  statements.execute(Prisma.sql`
    UPDATE "Operation" SET
      "status" = value ->> 'status', "attempt" = value ->> 'attempt', "crashes" = value ->> 'crashes',
      "suspicion" = value ->> 'suspicion', "nodeId" = value ->> 'nodeId',
      "model" = value ->> 'model', "output" = COALESCE(value -> 'output', "output"),
      "partialOutput" = COALESCE(value -> 'partialOutput', "partialOutput"), "error" = COALESCE(value -> 'error', "error"),
      "emits" = value ->> 'emits', "inputTokens" = value ->> 'inputTokens', "outputTokens" = value ->> 'outputTokens',
      "cachedTokens" = value ->> 'cachedTokens', "reasoningTokens" = value ->> 'reasoningTokens', "cost" = value ->> 'cost',
      "startedAt" = value ->> 'startedAt', "finishedAt" = value ->> 'finishedAt'
    FROM json_each(${rows(values)})
    WHERE "sessionId" = value ->> 'sessionId' AND "Operation"."number" = value ->> 'number'`);
}

function upsertSteps(statements: Statements, state: BatchState): void {
  const now = storedTime(new Date());
  const values = [...state.steps.values()].map(({ sessionId, operation, name, try: number, recorded }) => ({
    sessionId,
    operation,
    name,
    try: number,
    ...(recorded && { result: { value: recorded.value ?? null }, recordedAt: now }),
  }));
  statements.execute(Prisma.sql`
    INSERT INTO "Step" ("sessionId", "operation", "name", "try", "result", "recordedAt")
    SELECT value ->> 'sessionId', value ->> 'operation', value ->> 'name', value ->> 'try', value -> 'result', value ->> 'recordedAt'
    FROM json_each(${rows(values)}) WHERE true
    ON CONFLICT ("sessionId", "operation", "name") DO UPDATE SET
      "try" = excluded."try", "result" = excluded."result", "recordedAt" = excluded."recordedAt"`);
}

function insertEvents(statements: Statements, state: BatchState): void {
  const values = state.events.map(({ at, ...event }) => ({ ...event, at: storedTime(at), version: eventVersion(event.type) }));
  const inserted = statements.execute(Prisma.sql`
    INSERT INTO "Event" ("sessionId", "seq", "type", "version", "at", "operation", "payload")
    SELECT value ->> 'sessionId', value ->> 'seq', value ->> 'type', value ->> 'version', value ->> 'at', value ->> 'operation',
      value -> 'payload'
    FROM json_each(${rows(values)})`);
  if (inserted !== values.length) throw new Error(`${values.length} events were to be stored, and ${inserted} were`);
}

/** Adds what was used to the account of its day, model, kind and key. */
function addSpendings(statements: Statements, state: BatchState): void {
  const values = state.spendings.map(({ projectId, model, kind, keyId, usage, at }) => ({
    ...usage,
    projectId,
    model,
    kind,
    keyId: keyId ?? '',
    day: at.toISOString().slice(0, 10),
  }));
  statements.execute(Prisma.sql`
    INSERT INTO "UsageOfDay" ("projectId", "day", "model", "kind", "keyId", "calls", "inputTokens", "outputTokens", "cachedTokens",
      "reasoningTokens", "cost", "unpricedCalls")
    SELECT value ->> 'projectId', value ->> 'day', value ->> 'model', value ->> 'kind', value ->> 'keyId', COUNT(*),
      SUM(value ->> 'inputTokens'), SUM(value ->> 'outputTokens'), SUM(value ->> 'cachedTokens'), SUM(value ->> 'reasoningTokens'),
      SUM(COALESCE(value ->> 'cost', 0)), SUM(CASE WHEN value ->> 'cost' IS NULL THEN 1 ELSE 0 END)
    FROM json_each(${rows(values)}) WHERE true GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT ("projectId", "day", "model", "kind", "keyId") DO UPDATE SET
      "calls" = "UsageOfDay"."calls" + excluded."calls",
      "inputTokens" = "UsageOfDay"."inputTokens" + excluded."inputTokens",
      "outputTokens" = "UsageOfDay"."outputTokens" + excluded."outputTokens",
      "cachedTokens" = "UsageOfDay"."cachedTokens" + excluded."cachedTokens",
      "reasoningTokens" = "UsageOfDay"."reasoningTokens" + excluded."reasoningTokens",
      "cost" = "UsageOfDay"."cost" + excluded."cost",
      "unpricedCalls" = "UsageOfDay"."unpricedCalls" + excluded."unpricedCalls"`);
}

/** Deletes a session with all that belongs to it. */
export function removeSession(statements: Statements, sessionId: string): void {
  statements.execute(Prisma.sql`DELETE FROM "Session" WHERE "id" = ${sessionId}`);
}
