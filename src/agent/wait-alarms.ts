import type { Clock } from '../clock.ts';
import { Prisma, type Database } from '../database/client.ts';
import { timeOf } from '../database/statements.ts';
import { operationId, type OperationRef } from '../ids.ts';
import type { TimedWait } from '../operations/waiting.ts';
import type { Alarms } from './alarms.ts';

/** The times at which waits are over: those of sleeps, and by which a person has to have answered. */
export interface WaitAlarms {
  /** Has `onDue` called when the time of a wait has come: at once, where it has come already. */
  arm(operation: OperationRef, wait: TimedWait): void;
  /** Arms those that were there before this process. */
  load(): Promise<void>;
}

export function openWaitAlarms(
  { database, clock }: { database: Database; clock: Clock },
  alarms: Alarms,
  onDue: (operation: OperationRef, name: string) => void,
): WaitAlarms {
  function arm({ sessionId, number }: OperationRef, { name, startedAt, until, isCalendar }: TimedWait): void {
    if (until === null) return;
    const key = `wait ${operationId(sessionId, number)} ${name}`;
    const ring = (): void => onDue({ sessionId, number }, name);
    if (isCalendar) return alarms.at(until, key, ring);
    // Where the system's clock was set back meanwhile, it is not more than there was in all.
    const leftMs = Math.min(until.getTime() - clock.now().getTime(), until.getTime() - startedAt.getTime());
    alarms.after(leftMs, key, ring);
  }

  return {
    arm,
    async load() {
      const open = await database.query<OperationRef & TimedWait & { until: Date }>(Prisma.sql`
        SELECT "sessionId", "operation" AS "number", "name", "startedAt", "until", "isCalendar" FROM "Wait"
        WHERE "endedAt" IS NULL AND "until" IS NOT NULL`);
      for (const { sessionId, number, name, startedAt, until, isCalendar } of open) {
        const wait = { name, startedAt: timeOf(startedAt), until: timeOf(until), isCalendar: isCalendar !== 0 };
        arm({ sessionId, number }, wait);
      }
    },
  };
}
