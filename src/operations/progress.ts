import { Prisma, type Database } from '../database/client.ts';
import { reserveIn, settleIn, type Allowance } from '../access/reservation.ts';
import type { Draft, OperationState } from '../history/draft.ts';
import type { EventPayloads, Failure, Json, NewEvent, Provisional } from '../history/event.ts';
import type { LedgerUse } from '../history/ledger.ts';
import type { OperationRef } from '../ids.ts';
import type { CallBound } from '../models/call-bound.ts';
import type { Wait } from '../models/turn.ts';
import type { CallUse } from '../models/usage.ts';
import { breakOffIn, claimIn, claimOf, endIn, move, spendIn, type Attempt, type CallUsage, type Claim } from './attempt.ts';
import { failureOf, OperationCrashedError } from './errors.ts';
import { notAsked } from './open-calls.ts';
import type { Writing } from './writing.ts';

/** One go at a step. */
export interface StepTry {
  step: string;
  try: number;
}

/** What a try asks, and of whom. */
export interface Asked {
  model: string | null;
  prompt: string | null;
}

/** What an operation tells of how it stands, outside of its steps. */
export type Announcement = { type: 'PlanStepChanged' } & EventPayloads['PlanStepChanged'];

/** What an announcement is of: a second one of the same is none. */
export const announcementKey = ({ planStep: { id, status } }: Pick<Announcement, 'planStep'>): string => `${status} ${id}`;

/** What a crash means for an operation that was running at it. */
export interface Verdict {
  /** How many crashes in a row it was there for, and recorded nothing in between. */
  suspicion: number;
  /** Whether no other operation can have been the cause: the crash is its own. */
  isOwn: boolean;
}

export interface Crash extends Verdict {
  /** How often an operation may take its process down with it. */
  maxCrashes: number;
}

/** What happens to an operation between its start and its end. */
export interface Progress {
  /** @returns the attempt; undefined when somebody else was faster, or its turn has not come */
  claim(operation: OperationRef, nodeId: string): Promise<Claim | undefined>;
  /**
   * Puts an operation whose attempt was given up back into the queue, or fails it when it brought the process down too often.
   *
   * @param crash where the process went down with it, and did not hand it back
   * @returns what it is now; undefined when it was not running
   */
  recover(operation: OperationRef, crash?: Crash): Promise<'QUEUED' | 'FAILED' | undefined>;
  /** Suspects nobody any more: it is known who brought the process down. */
  clearSuspicion(): Promise<void>;
  /** Whether there are budgets: then calls are made once `startStep` says that they may be. */
  keepsBudgets(): boolean;
  /**
   * @param bound what the call may use at most, where there are budgets
   * @returns what it may do; undefined where no budget applies
   */
  startStep(attempt: Attempt, step: StepTry, asked: Asked, bound?: CallBound): Promise<Allowance | undefined>;
  /** Says that a call waits for its turn at a provider. */
  waitStep(attempt: Attempt, step: StepTry, wait: Wait): Promise<void>;
  /** Shows what a try of a step proposes. */
  propose(attempt: Attempt, step: StepTry, events: readonly Provisional[]): Promise<void>;
  retryStep(
    attempt: Attempt,
    step: StepTry,
    failed: CallUsage & { error: Failure; when: Date; nextModel: string | null },
  ): Promise<void>;
  failStep(attempt: Attempt, step: StepTry, failed: CallUsage & { error: Failure }): Promise<void>;
  /**
   * A try has asked a model. Nothing is written: but should the operation be ended from outside, what the call has used by then is booked.
   *
   * @param call what it has used so far
   */
  callBegan(attempt: Attempt, step: StepTry, model: string, call: CallUse): void;
  /** No call of the attempt is under way any more. */
  callsEnded(attempt: Attempt): void;
  /** @param made.answeredBy the model, by the provider's word */
  recordStep(
    attempt: Attempt,
    step: StepTry,
    made: CallUsage & { value: unknown; answeredBy: string | null; mends: string[] },
  ): Promise<void>;
  announce(attempt: Attempt, event: Announcement): Promise<void>;
  emit(attempt: Attempt, index: number, name: string, data: Json): Promise<void>;
}

export function openProgress(
  database: Database,
  { append, byAttempt, byRecording, calls }: Writing,
  ledgerUse: LedgerUse,
): Progress {
  const provisional = (attempt: Attempt, step: StepTry, { type, ...payload }: Provisional): NewEvent =>
    ({ type, operation: attempt.number, payload: { ...step, ...payload } }) as NewEvent;

  /** Books what the call of a try used, and settles what was reserved for it. */
  function bookIn(draft: Draft, operation: OperationState, { step }: StepTry, { model, usage }: CallUsage): void {
    const call = calls.take(operation, step);
    if (model !== null) settleIn(draft, operation, step, usage, call);
    spendIn(draft, operation, { model, usage });
  }

  return {
    claim: ({ sessionId, number }, nodeId) =>
      append({
        sessionId,
        operations: [number],
        decide(draft) {
          const operation = draft.operation(number);
          if (operation?.status !== 'QUEUED' || operation.readyAt === null) return undefined;
          claimIn(draft, operation, nodeId);
          return claimOf(operation);
        },
      }),

    async recover({ sessionId, number }, crash) {
      const steps = await database.query<{ name: string; recordedAt: string | null }>(
        Prisma.sql`SELECT "name", "recordedAt" FROM "Step" WHERE "sessionId" = ${sessionId} AND "operation" = ${number} ORDER BY "name"`,
      );
      return append<'QUEUED' | 'FAILED' | undefined>({
        sessionId,
        operations: [number],
        withFamily: true,
        decide(draft) {
          const operation = draft.operation(number);
          if (operation?.status !== 'RUNNING') return undefined;
          if (crash) {
            operation.suspicion = crash.suspicion;
            if (crash.isOwn) operation.crashes++;
            const error = failureOf(new OperationCrashedError(operation.crashes));
            if (operation.crashes >= crash.maxCrashes) {
              endIn(draft, operation, { status: 'FAILED', error }, calls);
              return 'FAILED';
            }
          }
          breakOffIn(draft, operation, calls);
          move(operation, 'QUEUED');
          operation.nodeId = null;
          const named = (recorded: boolean): string[] =>
            steps.filter(({ recordedAt }) => (recordedAt !== null) === recorded).map(({ name }) => name);
          draft.append({
            type: 'OperationRecovered',
            operation: number,
            payload: { attempt: operation.attempt + 1, stepsReused: named(true), stepsRepeated: named(false) },
          });
          return 'QUEUED';
        },
      });
    },

    async clearSuspicion() {
      await database.commit(({ execute }) =>
        execute(Prisma.sql`UPDATE "Operation" SET "suspicion" = 0, "crashes" = 0 WHERE "status" = 'QUEUED' AND "suspicion" > 0`),
      );
    },

    callBegan: (attempt, step, model, call) => calls.put(attempt, { ...step, model, call }),
    callsEnded: (attempt) => void calls.takeAll(attempt),

    keepsBudgets: () => ledgerUse.isUsed,

    startStep: (attempt, step, asked, bound) =>
      byAttempt(attempt, (draft, operation) => {
        draft.putStep({ operation: attempt.number, name: step.step, try: step.try });
        draft.append({ type: 'StepStarted', operation: attempt.number, payload: { ...step, ...asked } });
        const allowance = bound && reserveIn(draft, operation, step, bound);
        // Who ends the operation before the call is made knows that nothing was used.
        if (allowance && 'maxOutputTokens' in allowance) calls.put(attempt, { ...step, model: asked.model!, call: notAsked });
        return allowance;
      }),

    waitStep: (attempt, step, { provider, reason, until }) =>
      byAttempt(attempt, (draft) =>
        draft.append({
          type: 'StepWaiting',
          operation: attempt.number,
          payload: { ...step, provider, reason, until: until?.toISOString() ?? null },
        }),
      ),

    propose: (attempt, step, events) =>
      byAttempt(attempt, (draft) => draft.append(...events.map((event) => provisional(attempt, step, event)))),

    retryStep: (attempt, step, { error, when, model, nextModel, usage }) =>
      byAttempt(attempt, (draft, operation) => {
        bookIn(draft, operation, step, { model, usage });
        draft.append({
          type: 'StepRetrying',
          operation: attempt.number,
          payload: { ...step, error, when: when.toISOString(), model, nextModel, usage },
        });
      }),

    failStep: (attempt, step, { error, model, usage }) =>
      byAttempt(attempt, (draft, operation) => {
        bookIn(draft, operation, step, { model, usage });
        draft.append({ type: 'StepFailed', operation: attempt.number, payload: { ...step, error, model, usage } });
      }),

    recordStep: (attempt, step, { value, model, answeredBy, usage, mends }) =>
      byRecording(attempt, (draft, operation) => {
        bookIn(draft, operation, step, { model, usage });
        draft.putStep({ operation: attempt.number, name: step.step, try: step.try, recorded: { value } });
        draft.append({ type: 'StepSucceeded', operation: attempt.number, payload: { ...step, model: answeredBy, usage, mends } });
      }),

    announce: (attempt, { type, ...payload }) =>
      byAttempt(attempt, (draft) => draft.append({ type, operation: attempt.number, payload })),

    emit: (attempt, index, name, data) =>
      byRecording(attempt, (draft, operation) => {
        if (index < operation.emits) return;
        operation.emits = index + 1;
        draft.append({ type: 'DataEmitted', operation: attempt.number, payload: { name, data } });
      }),
  };
}
