import { Prisma, type Database } from '../database/client.ts';
import { toEvent, type JsonObject, type StoredEvent } from '../history/event.ts';
import { noEnd } from '../history/past.ts';
import { readMilestonesOf } from '../history/stretch.ts';
import type { OperationRef } from '../ids.ts';
import { OperationNotFoundError } from '../operations/errors.ts';
import { announcementKey } from '../operations/progress.ts';
import { readWaits } from './waits.ts';
import { childKey, type Recorded, type RecordedChild } from './execution.ts';

interface OperationRow {
  kind: string;
  input: string;
  model: string | null;
  reasoning: boolean;
  emits: number;
  attempt: number;
  retryOf: number | null;
  queuedSeq: number;
}

/** What there is of an operation that is new. */
export const nothingRecorded = ({
  kind,
  ...recorded
}: Pick<Recorded, 'input' | 'model' | 'reasoning'> & { kind: string }): { kind: string; recorded: Recorded } => ({
  kind,
  recorded: {
    ...recorded,
    emits: 0,
    announced: new Set(),
    steps: new Map(),
    waits: new Map(),
    children: new Map(),
    retriedChildren: new Map(),
  },
});

/** Reads what an operation recorded before. @throws OperationNotFoundError when it was deleted */
export async function readRecorded(
  database: Database,
  { sessionId, number }: OperationRef,
): Promise<{ kind: string; recorded: Recorded }> {
  const { reader } = database;
  const [operation] = await database.query<OperationRow>(Prisma.sql`
    SELECT "kind", "input", "model", "reasoning", "emits", "attempt", "retryOf", "queuedSeq" FROM "Operation"
    WHERE "sessionId" = ${sessionId} AND "number" = ${number}`);
  if (!operation) throw new OperationNotFoundError(`${sessionId}/${number}`);
  const { kind, model, emits, attempt, retryOf, queuedSeq } = operation;
  const input = JSON.parse(operation.input) as JsonObject;
  const recorded = { input, model, reasoning: operation.reasoning !== 0, emits };
  // A first attempt at something new has nothing to look for.
  if (attempt === 1 && retryOf === null) return nothingRecorded({ kind, ...recorded });

  const children = async (parent: number): Promise<Map<string, RecordedChild>> => {
    const rows = await reader.operation.findMany({
      where: { sessionId, parent },
      select: { number: true, kind: true, input: true, position: true, name: true },
    });
    return new Map(rows.map((row) => [childKey(row), { number: row.number, kind: row.kind, input: row.input as JsonObject }]));
  };
  const steps = await reader.step.findMany({ where: { sessionId, operation: number } });
  const changes = await readMilestonesOf(
    reader,
    { storedIn: sessionId, from: queuedSeq - 1, through: noEnd },
    number,
    'PlanStepChanged',
  );
  return {
    kind,
    recorded: {
      ...recorded,
      announced: new Set(changes.map((row) => announcementKey((toEvent(row) as StoredEvent<'PlanStepChanged'>).payload))),
      steps: new Map(
        steps.map((step) => [
          step.name,
          { try: step.try, recorded: step.recordedAt !== null, value: (step.result as { value: unknown } | null)?.value },
        ]),
      ),
      waits: new Map((await readWaits(database, { sessionId, number })).map(({ name, ...wait }) => [name, wait])),
      children: await children(number),
      retriedChildren: retryOf === null ? new Map() : await children(retryOf),
    },
  };
}
