import { Prisma, type Database } from '../database/client.ts';
import type { Failure, JsonObject } from '../history/event.ts';
import { deletionTopic } from '../history/journal.ts';
import type { Nudges } from '../history/nudge.ts';
import type { OperationRef } from '../ids.ts';
import { isTerminal, type OperationStatus } from './state-machine.ts';
import { operationTopic } from './writing.ts';

export interface Ended {
  status: OperationStatus;
  output: JsonObject | null;
  partialOutput: JsonObject | null;
  error: Failure | null;
}

/**
 * Waits until an operation has ended.
 *
 * @param isNew whether it was made in this turn of the event loop, and cannot have ended yet
 * @returns how it ended; undefined when the signal fired before, or when it is not there (any more)
 */
export async function untilEnded(
  database: Database,
  nudges: Nudges,
  operation: OperationRef,
  signal: AbortSignal,
  isNew = false,
): Promise<Ended | undefined> {
  const { sessionId, number } = operation;
  let look = !isNew;
  let wake = (): void => {};
  // Listening begins before the first look, so that an end in between is not missed.
  const stops = [operationTopic(operation), deletionTopic(sessionId)].map((topic) => nudges.listen(topic, () => wake()));
  const onAbort = (): void => wake();
  signal.addEventListener('abort', onAbort);
  try {
    for (;;) {
      const nudged = new Promise<void>((resolve) => (wake = resolve));
      if (!look && !signal.aborted) await nudged;
      look = true;
      const [found] = await database.query<{ [Part in keyof Ended]: string | null } & { status: OperationStatus }>(Prisma.sql`
        SELECT "status", "output", "partialOutput", "error" FROM "Operation"
        WHERE "sessionId" = ${sessionId} AND "number" = ${number}`);
      if (!found) return undefined;
      const { status, output, partialOutput, error } = found;
      if (isTerminal(status)) return { status, output: read(output), partialOutput: read(partialOutput), error: read(error) };
      if (signal.aborted) return undefined;
      await nudged;
    }
  } finally {
    for (const stop of stops) stop();
    signal.removeEventListener('abort', onAbort);
  }
}

const read = <T>(json: string | null): T | null => (json === null ? null : (JSON.parse(json) as T));

/**
 * Waits until an operation has ended, for whoever reads it afterwards anyway: of one that is new, the first word of its end is
 * enough. Also returns when the signal fires, or the operation is deleted.
 */
export async function untilEndIsTold(
  database: Database,
  nudges: Nudges,
  operation: OperationRef,
  signal: AbortSignal,
  isNew: boolean,
): Promise<void> {
  if (!isNew) {
    await untilEnded(database, nudges, operation, signal);
    return;
  }
  await new Promise<void>((resolve) => {
    const topics = [operationTopic(operation), deletionTopic(operation.sessionId)];
    const stops = topics.map((topic) => nudges.listen(topic, told));
    function told(): void {
      for (const stop of stops) stop();
      signal.removeEventListener('abort', told);
      resolve();
    }
    signal.addEventListener('abort', told);
    if (signal.aborted) told();
  });
}
