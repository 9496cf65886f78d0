import type { Clock } from '../clock.ts';
import { Prisma, type Database } from '../database/client.ts';
import { timeOf } from '../database/statements.ts';
import { deletionTopic } from '../history/journal.ts';
import type { Nudges } from '../history/nudge.ts';
import { operationId, type OperationRef } from '../ids.ts';
import { deadlineTopic } from '../operations/deadline.ts';
import { operationTopic } from '../operations/writing.ts';
import type { Alarms } from './alarms.ts';

/** The times by which operations have to end. They stand still while a person is waited for. */
export interface Deadlines {
  /** Has `onDue` called once so many ms have passed, unless the operation has ended by then. */
  arm(operation: OperationRef, leftMs: number, isHeld?: boolean): void;
  /** Arms those of operations that were there before this process. */
  load(): Promise<void>;
}

export function openDeadlines(
  { database, nudges, clock }: { database: Database; nudges: Nudges; clock: Clock },
  alarms: Alarms,
  onDue: (operation: OperationRef) => void,
): Deadlines {
  function arm(operation: OperationRef, leftMs: number, isHeld = false): void {
    const { sessionId, number } = operation;
    const key = `deadline ${operationId(sessionId, number)}`;
    let held = isHeld;
    let left = leftMs;
    let dueMs = 0;
    const go = (): void => {
      held = false;
      dueMs = clock.monotonicMs() + left;
      alarms.after(left, key, () => onDue(operation));
    };
    const hold = (): void => {
      held = true;
      left = Math.max(0, dueMs - clock.monotonicMs());
      alarms.clear(key);
    };
    const look = async (): Promise<void> => {
      const [found] = await database.query<{ personSince: Date | null }>(Prisma.sql`
        SELECT "personSince" FROM "Operation" WHERE "sessionId" = ${sessionId} AND "number" = ${number}`);
      const waits = found !== undefined && found.personSince !== null;
      if (waits && !held) hold();
      else if (!waits && held) go();
    };
    const stops = [
      nudges.listen(deadlineTopic(operation), () => void look()),
      nudges.listen(operationTopic(operation), disarm),
      nudges.listen(deletionTopic(sessionId), disarm),
    ];
    function disarm(): void {
      alarms.clear(key);
      for (const stop of stops) stop();
    }
    if (!held) go();
  }

  return {
    arm,
    async load() {
      const timed = await database.query<OperationRef & { deadlineAt: Date; personSince: Date | null; timeoutMs: number }>(
        Prisma.sql`
          SELECT "sessionId", "number", "deadlineAt", "personSince", "timeoutMs" FROM "Operation"
          WHERE "status" IN ('QUEUED', 'RUNNING', 'WAITING') AND "parent" IS NULL AND "deadlineAt" IS NOT NULL`,
      );
      for (const { sessionId, number, deadlineAt, personSince, timeoutMs } of timed) {
        const since = timeOf(personSince) ?? clock.now();
        // Where the system's clock was set back meanwhile, it is not more than there was in all.
        const leftMs = Math.min(timeOf(deadlineAt).getTime() - since.getTime(), timeoutMs);
        arm({ sessionId, number }, Math.max(0, leftMs), personSince !== null);
      }
    },
  };
}
