import { Prisma, type Database } from '../database/client.ts';
import type { EventType, UsagePayload } from '../history/event.ts';
import type { CutOff, Segment } from '../history/past.ts';
import { isMilestone } from '../history/selection.ts';
import { addUsage, noUsage } from '../models/usage.ts';

/** What each event leaves an operation as. */
const statusAfter: Partial<Record<EventType, string>> = {
  OperationQueued: 'QUEUED',
  OperationStarted: 'RUNNING',
  OperationRecovered: 'QUEUED',
  OperationWaiting: 'WAITING',
  OperationResumed: 'QUEUED',
};

/** What tells of what an operation used itself. */
const spendingTypes: readonly EventType[] = ['StepRetrying', 'StepSucceeded', 'StepFailed'];

const list = (values: readonly (string | number)[]): Prisma.Sql => Prisma.join([...values]);

/**
 * Which operations of a segment had not ended as of an event, and how they stood then: as the history tells it, whatever became of
 * them since.
 *
 * @param mayRun whether there may be some that have not ended yet
 * @returns with the last operation that had been started by then
 */
export async function readCutOff(
  database: Pick<Database, 'query'>,
  { storedIn, through, afterOperation, cutOff: known }: Segment,
  atSeq: number,
  mayRun: boolean,
): Promise<{ operation: number; cutOff: CutOff[] }> {
  const inSegment = Prisma.sql`"sessionId" = ${storedIn}`;
  const [last] = await database.query<{ number: number }>(Prisma.sql`
    SELECT "number" FROM "Operation" WHERE ${inSegment} AND "queuedSeq" <= ${atSeq} ORDER BY "number" DESC LIMIT 1`);
  const operation = last?.number ?? afterOperation;
  // First those that have not ended, then those that have since: one that ends in between is not missed.
  const running = mayRun
    ? await database.query<{ number: number }>(Prisma.sql`
        SELECT "number" FROM "Operation"
        WHERE ${inSegment} AND "number" <= ${operation} AND "status" IN ('QUEUED', 'RUNNING', 'WAITING')`)
    : [];
  const endedSince = await database.query<{ number: number }>(Prisma.sql`
    SELECT "number" FROM "Operation" WHERE ${inSegment} AND "number" <= ${operation} AND "endedSeq" > ${atSeq} AND "endedSeq" <= ${through}`);
  const numbers = new Set([
    ...[...known.keys()].filter((number) => number <= operation),
    ...running.map(({ number }) => number),
    ...endedSince.map(({ number }) => number),
  ]);
  return {
    operation,
    cutOff: await asTheyStood(
      database,
      storedIn,
      [...numbers].toSorted((a, b) => a - b),
      operation,
      atSeq,
    ),
  };
}

async function asTheyStood(
  database: Pick<Database, 'query'>,
  storedIn: string,
  numbers: readonly number[],
  lastOperation: number,
  atSeq: number,
): Promise<CutOff[]> {
  if (numbers.length === 0) return [];
  const states = new Map(
    numbers.map((number): [number, CutOff] => [number, { number, status: 'QUEUED', attempt: 0, startedAt: null, ...noUsage }]),
  );
  const events = await database.query<{ operation: number; type: EventType; at: string; payload: string }>(Prisma.sql`
    SELECT "operation", "type", "at", "payload" FROM "Event"
    WHERE "sessionId" = ${storedIn} AND "operation" IN (${list(numbers)}) AND "seq" <= ${atSeq} AND "seq" >= (
        SELECT MIN("queuedSeq") FROM "Operation" WHERE "sessionId" = ${storedIn} AND "number" IN (${list(numbers)}))
      AND "type" IN (${list([...Object.keys(statusAfter), ...spendingTypes])}) AND ${Prisma.raw(isMilestone)}
    ORDER BY "seq"`);
  for (const { operation, type, at, payload } of events) {
    const state = states.get(operation)!;
    const told = JSON.parse(payload) as { attempt?: number; usage?: UsagePayload };
    state.status = statusAfter[type] ?? state.status;
    if (type === 'OperationStarted') {
      state.attempt = told.attempt ?? 1;
      state.startedAt ??= new Date(at).toISOString();
    }
    if (told.usage) Object.assign(state, addUsage(state, told.usage));
  }
  // What a child used is its parent's as soon as it has ended.
  const children = await database.query<UsagePayload & { number: number; parent: number }>(Prisma.sql`
    SELECT "number", "parent", "inputTokens", "outputTokens", "cachedTokens", "reasoningTokens", "cost" FROM "Operation"
    WHERE "sessionId" = ${storedIn} AND "parent" IN (${list(numbers)}) AND "number" <= ${lastOperation}`);
  for (const { number, parent, ...usage } of children) {
    const state = states.get(parent)!;
    if (!states.has(number)) Object.assign(state, addUsage(state, usage));
  }
  return [...states.values()];
}
