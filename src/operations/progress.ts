import type { Database } from '../database/client.ts';
import type { Failure, Json, NewEvent, Provisional, UsagePayload } from '../history/event.ts';
import type { OperationRef } from '../ids.ts';
import { addUsage, claimIn, endIn, move, type Attempt } from './attempt.ts';
import type { Writing } from './writing.ts';

/** What happens to an operation between its start and its end. */
export interface Progress {
  /** @returns the attempt; undefined when somebody else was faster */
  claim(operation: OperationRef, nodeId: string): Promise<Attempt | undefined>;
  /** Puts an operation whose attempt was given up back into the queue, or fails it when it brought the process down too often. */
  recover(operation: OperationRef, crashed: boolean, failure: (crashes: number) => Failure | undefined): Promise<void>;
  startStep(attempt: Attempt, step: string, number: number): Promise<void>;
  /** Shows what a try of a step proposes. */
  propose(attempt: Attempt, step: string, number: number, events: readonly Provisional[]): Promise<void>;
  retryStep(attempt: Attempt, step: string, number: number, error: Failure, when: Date, usage: UsagePayload): Promise<void>;
  recordStep(
    attempt: Attempt,
    step: string,
    number: number,
    value: unknown,
    model: string | null,
    usage: UsagePayload,
  ): Promise<void>;
  emit(attempt: Attempt, index: number, name: string, data: Json): Promise<void>;
}

export function openProgress(database: Database, { append, byAttempt }: Writing): Progress {
  const provisional = (attempt: Attempt, step: string, number: number, event: Provisional): NewEvent => {
    const { type, ...payload } = event;
    return { type, operation: attempt.number, payload: { step, try: number, ...payload } } as NewEvent;
  };

  return {
    claim: ({ sessionId, number }, nodeId) =>
      append({
        sessionId,
        operations: [number],
        decide(draft) {
          const operation = draft.operation(number);
          if (operation?.status !== 'QUEUED') return undefined;
          claimIn(draft, operation, nodeId);
          return { sessionId, number, attempt: operation.attempt };
        },
      }),

    async recover(ref, crashed, failure) {
      const { sessionId, number } = ref;
      const steps = await database.reader.step.findMany({
        where: { sessionId, operation: number },
        select: { name: true, recordedAt: true },
      });
      await append({
        sessionId,
        operations: [number],
        withFamily: true,
        decide(draft) {
          const operation = draft.operation(number);
          if (operation?.status !== 'RUNNING') return;
          if (crashed) operation.crashes++;
          const error = failure(operation.crashes);
          if (error) return endIn(draft, operation, { status: 'FAILED', error });
          move(operation, 'QUEUED');
          operation.nodeId = null;
          const named = (recorded: boolean): string[] =>
            steps.filter(({ recordedAt }) => (recordedAt !== null) === recorded).map(({ name }) => name);
          draft.append({
            type: 'OperationRecovered',
            operation: number,
            payload: { attempt: operation.attempt + 1, stepsReused: named(true), stepsRepeated: named(false) },
          });
        },
      });
    },

    startStep: (attempt, step, number) =>
      byAttempt(attempt, (draft) => {
        draft.putStep({ operation: attempt.number, name: step, try: number });
        draft.append({ type: 'StepStarted', operation: attempt.number, payload: { step, try: number } });
      }),

    propose: (attempt, step, number, events) =>
      byAttempt(attempt, (draft) => draft.append(...events.map((event) => provisional(attempt, step, number, event)))),

    retryStep: (attempt, step, number, error, when, usage) =>
      byAttempt(attempt, (draft, operation) => {
        addUsage(operation, usage);
        draft.append({
          type: 'StepRetrying',
          operation: attempt.number,
          payload: { step, try: number, error, when: when.toISOString() },
        });
      }),

    recordStep: (attempt, step, number, value, model, usage) =>
      byAttempt(attempt, (draft, operation) => {
        addUsage(operation, usage);
        draft.putStep({ operation: attempt.number, name: step, try: number, recorded: { value } });
        draft.append({ type: 'StepSucceeded', operation: attempt.number, payload: { step, try: number, model, usage } });
      }),

    emit: (attempt, index, name, data) =>
      byAttempt(attempt, (draft, operation) => {
        if (index < operation.emits) return;
        operation.emits = index + 1;
        draft.append({ type: 'DataEmitted', operation: attempt.number, payload: { name, data } });
      }),
  };
}
