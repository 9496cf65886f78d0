import { Prisma, type Transaction } from '../database/client.ts';
import type { Append } from './append.ts';
import { BatchState, operationKey, usedKeyKey, type OperationState, type SessionState, type UsedKey } from './draft.ts';
import { eventVersion, type JsonObject, type UsagePayload } from './event.ts';

/**
 * Statements are set-based: their number does not grow with the batch. Rows travel as one JSON array, in which what a
 * database cannot keep as text (NUL, half a surrogate pair) is replaced: one such row would spoil the whole batch.
 */
const rows = (values: readonly unknown[]): string => {
  const text = JSON.stringify(values);
  return text.includes('\\u') ? text.replaceAll(unstorable, '$1\\ufffd') : text;
};

const unstorable = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/** The text that Prisma stores a time as. */
const time = (date: Date | null): string | null => date && date.toISOString().replace('Z', '+00:00');

/** Reads what a batch of appends looks at. */
export async function load(transaction: Transaction, appends: readonly Append<unknown>[]): Promise<BatchState> {
  const state = new BatchState();
  const sessionIds = [...new Set(appends.map(({ sessionId }) => sessionId))].toSorted();
  const sessions = await transaction.$queryRaw<Raw<SessionState>[]>`
    SELECT "sessionId", "projectId", "lastSeq", "lastOperation", "unfinished", "ttlSeconds", "expiresAt", "expiredAt",
      "inputTokens", "outputTokens", "cachedTokens", "reasoningTokens", "cost"
    FROM "SessionHead" JOIN "Session" ON "id" = "sessionId"
    WHERE "sessionId" IN (${Prisma.join(sessionIds)}) ORDER BY "sessionId"`;
  for (const session of sessions) state.sessions.set(session.sessionId, { ...(session as SessionState), ...numbersOf(session) });

  const detailed = appends.flatMap(({ sessionId, details }) => (details === true ? [sessionId] : []));
  if (detailed.length > 0) {
    const found = await transaction.session.findMany({
      where: { id: { in: detailed } },
      select: { id: true, title: true, metadata: true },
    });
    for (const { id, title, metadata } of found) state.details.set(id, { title, metadata: metadata as JsonObject });
  }

  const refsOf = (some: readonly Append<unknown>[]) =>
    some.flatMap(({ sessionId, operations = [] }) => operations.map((number) => [sessionId, number] as const));
  const alone = refsOf(appends.filter(({ withFamily }) => withFamily !== true));
  const families = refsOf(appends.filter(({ withFamily }) => withFamily === true));
  if (alone.length > 0) await loadOperations(transaction, state, Prisma.sql`VALUES ${pairs(alone)}`);
  if (families.length > 0) {
    await loadOperations(
      transaction,
      state,
      Prisma.sql`
        WITH RECURSIVE root(s, n) AS (VALUES ${pairs(families)}), tree(s, n) AS (
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
    const used = await transaction.$queryRaw<UsedKey[]>`
      SELECT "projectId", "key", "payloadHash", "sessionId", "operation" FROM "IdempotencyKey"
      WHERE ("projectId", "key") IN (VALUES ${pairs(keys)})`;
    for (const key of used) state.usedKeys.set(usedKeyKey(key.projectId, key.key), key);
  }
  return state;
}

const pairs = (values: readonly (readonly [unknown, unknown])[]) => Prisma.join(values.map(([a, b]) => Prisma.sql`(${a}, ${b})`));

/** What a raw query gives: whole numbers may come as bigints. */
type Raw<State> = { [Field in keyof State]: State[Field] extends number | null ? State[Field] | bigint : State[Field] };

/** What can pass 2^31 is stored as 64 bits, and comes as a bigint. */
const numbersOf = (row: Raw<UsagePayload>): UsagePayload => ({
  inputTokens: Number(row.inputTokens),
  outputTokens: Number(row.outputTokens),
  cachedTokens: Number(row.cachedTokens),
  reasoningTokens: Number(row.reasoningTokens),
  cost: row.cost === null ? null : Number(row.cost),
});

async function loadOperations(transaction: Transaction, state: BatchState, wanted: Prisma.Sql): Promise<void> {
  const found = await transaction.$queryRaw<Raw<OperationState>[]>`
    SELECT "sessionId", "number", "projectId", "kind", "version", "status", "attempt", "crashes", "nodeId", "parent", "position",
      "name", "retryOf", "keyId", "model", "reasoning", "emits", "inputTokens", "outputTokens", "cachedTokens", "reasoningTokens", "cost",
      "createdAt", "startedAt", "finishedAt", "deadlineAt"
    FROM "Operation" WHERE ("sessionId", "number") IN (${wanted})`;
  for (const row of found) {
    state.operations.set(operationKey(row.sessionId, Number(row.number)), {
      ...(row as OperationState),
      ...numbersOf(row),
    });
  }
}

/** Writes what a batch of appends decided. */
export async function save(transaction: Transaction, state: BatchState): Promise<void> {
  if (state.newSessions.size > 0) await insertSessions(transaction, state);
  if (state.newDetails.size > 0) await updateDetails(transaction, state);
  if (state.changedSessions.size > 0) await updateHeads(transaction, state);
  if (state.newOperations.size > 0) await insertOperations(transaction, state);
  const changed = [...state.changedOperations].filter((key) => !state.newOperations.has(key));
  if (changed.length > 0) await updateOperations(transaction, state, changed);
  for (const { sessionId, from, to } of state.copiedSteps) {
    await transaction.$executeRaw`
      INSERT INTO "Step" ("sessionId", "operation", "name", "try", "result", "recordedAt")
      SELECT "sessionId", CAST(${to} AS INTEGER), "name", "try", "result", "recordedAt" FROM "Step"
      WHERE "sessionId" = ${sessionId} AND "operation" = ${from} AND "recordedAt" IS NOT NULL
        AND "name" NOT LIKE 'announced:%'`;
  }
  if (state.steps.size > 0) await upsertSteps(transaction, state);
  if (state.newKeys.length > 0) {
    await transaction.idempotencyKey.createMany({ data: state.newKeys });
  }
  if (state.spendings.length > 0) await addSpendings(transaction, state);
  if (state.events.length > 0) await insertEvents(transaction, state);
}

async function insertSessions(transaction: Transaction, state: BatchState): Promise<void> {
  const values = [...state.newSessions].map(([id, details]) => {
    const { projectId, expiresAt, expiredAt, ...head } = state.sessions.get(id)!;
    return {
      ...head,
      ...details,
      projectId,
      createdAt: time(details.createdAt),
      expiresAt: time(expiresAt),
      expiredAt: time(expiredAt),
    };
  });
  await transaction.$executeRaw`
    INSERT INTO "Session" ("id", "projectId", "title", "metadata", "createdAt")
    SELECT value ->> 'sessionId', value ->> 'projectId', value ->> 'title', value -> 'metadata', value ->> 'createdAt'
    FROM json_each(${rows(values)})`;
  await transaction.$executeRaw`
    INSERT INTO "SessionHead" ("sessionId", "lastSeq", "lastOperation", "unfinished", "ttlSeconds", "expiresAt", "expiredAt",
      "inputTokens", "outputTokens", "cachedTokens", "reasoningTokens", "cost")
    SELECT value ->> 'sessionId', value ->> 'lastSeq', value ->> 'lastOperation', value ->> 'unfinished',
      value ->> 'ttlSeconds', value ->> 'expiresAt', value ->> 'expiredAt',
      value ->> 'inputTokens', value ->> 'outputTokens', value ->> 'cachedTokens', value ->> 'reasoningTokens', value ->> 'cost'
    FROM json_each(${rows(values)})`;
}

async function updateDetails(transaction: Transaction, state: BatchState): Promise<void> {
  const values = [...state.newDetails].map(([sessionId, details]) => ({ sessionId, ...details }));
  await transaction.$executeRaw`
    UPDATE "Session" SET "title" = value ->> 'title', "metadata" = value -> 'metadata'
    FROM json_each(${rows(values)}) WHERE "Session"."id" = value ->> 'sessionId'`;
}

async function updateHeads(transaction: Transaction, state: BatchState): Promise<void> {
  const values = [...state.changedSessions]
    .filter((id) => !state.newSessions.has(id))
    .map((id) => {
      const { expiresAt, expiredAt, ...head } = state.sessions.get(id)!;
      return { ...head, expiresAt: time(expiresAt), expiredAt: time(expiredAt) };
    });
  if (values.length === 0) return;
  await transaction.$executeRaw`
    UPDATE "SessionHead" SET
      "lastSeq" = value ->> 'lastSeq', "lastOperation" = value ->> 'lastOperation', "unfinished" = value ->> 'unfinished',
      "ttlSeconds" = value ->> 'ttlSeconds', "expiresAt" = value ->> 'expiresAt', "expiredAt" = value ->> 'expiredAt',
      "inputTokens" = value ->> 'inputTokens', "outputTokens" = value ->> 'outputTokens', "cachedTokens" = value ->> 'cachedTokens',
      "reasoningTokens" = value ->> 'reasoningTokens', "cost" = value ->> 'cost'
    FROM json_each(${rows(values)}) WHERE "sessionId" = value ->> 'sessionId'`;
}

const operationValues = (state: BatchState, key: string, operation: OperationState) => ({
  ...operation,
  ...state.results.get(key),
  createdAt: time(operation.createdAt),
  startedAt: time(operation.startedAt),
  finishedAt: time(operation.finishedAt),
  deadlineAt: time(operation.deadlineAt),
});

async function insertOperations(transaction: Transaction, state: BatchState): Promise<void> {
  const values = [...state.newOperations].map(([key, operation]) => operationValues(state, key, operation));
  await transaction.$executeRaw`
    INSERT INTO "Operation" ("sessionId", "number", "projectId", "kind", "version", "status", "attempt", "crashes", "nodeId", "parent",
      "position", "name", "retryOf", "keyId", "model", "reasoning", "input", "output", "partialOutput", "error", "emits", "inputTokens", "outputTokens", "cachedTokens",
      "reasoningTokens", "cost", "createdAt", "startedAt", "finishedAt", "deadlineAt")
    SELECT value ->> 'sessionId', value ->> 'number', value ->> 'projectId', value ->> 'kind', value ->> 'version', value ->> 'status',
      value ->> 'attempt', value ->> 'crashes', value ->> 'nodeId', value ->> 'parent', value ->> 'position', value ->> 'name', value ->> 'retryOf',
      value ->> 'keyId', value ->> 'model', value ->> 'reasoning', value -> 'input', value -> 'output', value -> 'partialOutput',
      value -> 'error', value ->> 'emits', value ->> 'inputTokens',
      value ->> 'outputTokens', value ->> 'cachedTokens', value ->> 'reasoningTokens', value ->> 'cost',
      value ->> 'createdAt', value ->> 'startedAt', value ->> 'finishedAt', value ->> 'deadlineAt'
    FROM json_each(${rows(values)})`;
}

async function updateOperations(transaction: Transaction, state: BatchState, keys: readonly string[]): Promise<void> {
  const values = keys.map((key) => operationValues(state, key, state.operations.get(key)!));
  await transaction.$executeRaw`
    UPDATE "Operation" SET
      "status" = value ->> 'status', "attempt" = value ->> 'attempt', "crashes" = value ->> 'crashes', "nodeId" = value ->> 'nodeId',
      "model" = value ->> 'model', "output" = COALESCE(value -> 'output', "output"),
      "partialOutput" = COALESCE(value -> 'partialOutput', "partialOutput"), "error" = COALESCE(value -> 'error', "error"),
      "emits" = value ->> 'emits', "inputTokens" = value ->> 'inputTokens', "outputTokens" = value ->> 'outputTokens',
      "cachedTokens" = value ->> 'cachedTokens', "reasoningTokens" = value ->> 'reasoningTokens', "cost" = value ->> 'cost',
      "startedAt" = value ->> 'startedAt', "finishedAt" = value ->> 'finishedAt'
    FROM json_each(${rows(values)})
    WHERE "sessionId" = value ->> 'sessionId' AND "Operation"."number" = value ->> 'number'`;
}

async function upsertSteps(transaction: Transaction, state: BatchState): Promise<void> {
  const now = time(new Date());
  const values = [...state.steps.values()].map(({ sessionId, operation, name, try: number, recorded }) => ({
    sessionId,
    operation,
    name,
    try: number,
    ...(recorded && { result: { value: recorded.value ?? null }, recordedAt: now }),
  }));
  await transaction.$executeRaw`
    INSERT INTO "Step" ("sessionId", "operation", "name", "try", "result", "recordedAt")
    SELECT value ->> 'sessionId', value ->> 'operation', value ->> 'name', value ->> 'try', value -> 'result', value ->> 'recordedAt'
    FROM json_each(${rows(values)}) WHERE true
    ON CONFLICT ("sessionId", "operation", "name") DO UPDATE SET
      "try" = excluded."try", "result" = excluded."result", "recordedAt" = excluded."recordedAt"`;
}

async function insertEvents(transaction: Transaction, state: BatchState): Promise<void> {
  const values = state.events.map(({ at, ...event }) => ({ ...event, at: time(at), version: eventVersion(event.type) }));
  const inserted = await transaction.$executeRaw`
    INSERT INTO "Event" ("sessionId", "seq", "type", "version", "at", "operation", "payload")
    SELECT value ->> 'sessionId', value ->> 'seq', value ->> 'type', value ->> 'version', value ->> 'at', value ->> 'operation',
      value -> 'payload'
    FROM json_each(${rows(values)})`;
  if (inserted !== values.length) throw new Error(`${values.length} events were to be stored, and ${inserted} were`);
}

/** Adds what was used to the account of its day, model, kind and key. */
async function addSpendings(transaction: Transaction, state: BatchState): Promise<void> {
  const values = state.spendings.map(({ projectId, model, kind, keyId, usage, at }) => ({
    ...usage,
    projectId,
    model,
    kind,
    keyId: keyId ?? '',
    day: at.toISOString().slice(0, 10),
  }));
  await transaction.$executeRaw`
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
      "unpricedCalls" = "UsageOfDay"."unpricedCalls" + excluded."unpricedCalls"`;
}
