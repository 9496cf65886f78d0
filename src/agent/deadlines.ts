import type { Nudges } from '../history/nudge.ts';
import { operationId, type OperationRef } from '../ids.ts';
import { operationTopic } from '../operations/writing.ts';

/** The times by which operations have to end. */
export interface Deadlines {
  /** Has `onDue` called at that time, unless the operation has ended by then. */
  arm(operation: OperationRef, deadlineAt: Date): void;
  close(): void;
}

export function openDeadlines(nudges: Nudges, onDue: (operation: OperationRef) => void): Deadlines {
  const timers = new Map<string, NodeJS.Timeout>();
  return {
    arm(operation, deadlineAt) {
      const id = operationId(operation.sessionId, operation.number);
      const disarm = (): void => {
        clearTimeout(timer);
        timers.delete(id);
        stopListening();
      };
      const timer = setTimeout(
        () => {
          disarm();
          onDue(operation);
        },
        Math.max(0, deadlineAt.getTime() - Date.now()),
      );
      const stopListening = nudges.listen(operationTopic(operation), disarm);
      timers.set(id, timer);
    },
    close() {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
