import { LionError, type InputIssue } from '../errors.ts';
import type { ExceededBudget, Failure, JsonObject } from '../history/event.ts';
import { operationId, type OperationRef } from '../ids.ts';
import { BudgetExceededError } from '../access/reservation.ts';
import {
  ModelCallError,
  ModelChainError,
  ModelOutputError,
  ModelPriceUnknownError,
  ModelUnknownError,
} from '../models/errors.ts';
import type { OperationStatus } from './state-machine.ts';

const idOf = ({ sessionId, number }: OperationRef): string => operationId(sessionId, number);

export class OperationNotFoundError extends LionError {
  readonly code = 'OPERATION_NOT_FOUND';
  readonly retryable = false;

  constructor(id: string) {
    super(`There is no operation ${id.slice(0, 64)}. It may have been deleted with its session.`);
  }
}

/** What a fork shares of the past is not changed there. */
export class OperationOfPastError extends LionError {
  readonly code = 'OPERATION_OF_PAST';
  readonly retryable = false;

  constructor(operation: OperationRef) {
    super(
      `Operation ${idOf(operation)} is of the past that its session shares as a fork: there it can be read, and stays as it is. Change it in the session that it was started in, or start another one here.`,
    );
  }
}

/** Terminal states do not change. */
export class OperationFinishedError extends LionError {
  readonly code = 'OPERATION_FINISHED';
  readonly retryable = false;

  constructor(operation: OperationRef, status: OperationStatus) {
    super(`Operation ${idOf(operation)} has ended already (${status}), and stays as it is.`);
  }
}

export class OperationNotRetryableError extends LionError {
  readonly code = 'OPERATION_NOT_RETRYABLE';
  readonly retryable = false;

  constructor(operation: OperationRef, status: OperationStatus) {
    super(`Operation ${idOf(operation)} is ${status}; only one that has failed or was cancelled can be retried.`);
  }
}

/** Nobody is asked for this now. */
export class OperationNotWaitingError extends LionError {
  readonly code = 'OPERATION_NOT_WAITING';
  readonly retryable = false;

  constructor(operation: OperationRef, name: string) {
    super(
      `Operation ${idOf(operation)} does not wait for an answer to ${JSON.stringify(name.slice(0, 200))}. \`inputRequest\` has what it waits for; what was not answered in time is not waited for any more.`,
    );
  }
}

/** The first valid answer counts; this was another one. */
export class InputAlreadyReceivedError extends LionError {
  readonly code = 'INPUT_ALREADY_RECEIVED';
  readonly retryable = false;

  constructor(operation: OperationRef, name: string, by: string) {
    super(`Operation ${idOf(operation)} has its answer to ${JSON.stringify(name)} already, given by ${by}; it stays as it is.`);
  }
}

/** The answer does not have the shape that is asked for; it can be given again. */
export class AnswerInvalidError extends LionError {
  readonly code = 'ANSWER_INVALID';
  readonly retryable = false;
  readonly issues: readonly InputIssue[];

  constructor(name: string, issues: readonly InputIssue[]) {
    const wrong = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
    super(`The answer to ${JSON.stringify(name)} does not fit (${wrong}). The question stands: answer it again.`);
    this.issues = issues;
  }
}

/** The same idempotency key came with another request. */
export class IdempotencyConflictError extends LionError {
  readonly code = 'IDEMPOTENCY_CONFLICT';
  readonly retryable = false;

  constructor(key: string, operation: OperationRef) {
    super(
      `The idempotency key ${JSON.stringify(key)} was used for another request, which started operation ${idOf(operation)}. Use a new key for a new request.`,
    );
  }
}

/** An operation that was not to run beside others met one in its session. */
export class SessionBusyError extends LionError {
  readonly code = 'SESSION_BUSY';
  readonly retryable = true;
  /** The first of the operations that are in the way. */
  readonly operation: OperationRef;

  constructor({ sessionId, number, kind, status }: OperationRef & { kind: string; status: string }) {
    const operation = { sessionId, number };
    super(
      `Session ${sessionId} is busy with operation ${idOf(operation)} (${kind}, ${status}), and this one was to be rejected then. Wait for its end, cancel it, or start with another onBusy.`,
    );
    this.operation = operation;
  }
}

/** The attempt does not hold its claim any more: what it writes is refused. */
export class ClaimLostError extends LionError {
  readonly code = 'CLAIM_LOST';
  readonly retryable = false;

  constructor(operation: OperationRef, attempt: number) {
    super(`Attempt ${attempt} of operation ${idOf(operation)} does not hold the claim any more`);
  }
}

/** What was recorded does not fit what the definition does now. */
export class DefinitionChangedError extends LionError {
  readonly code = 'DEFINITION_CHANGED';
  readonly retryable = false;

  constructor(kind: string, what: string) {
    super(`The definition "${kind}" has changed since this operation was started: ${what}. Start the operation anew.`);
  }
}

export class DefinitionUnknownError extends LionError {
  readonly code = 'DEFINITION_UNKNOWN';
  readonly retryable = false;

  constructor(kind: string) {
    super(`This Lion has no definition "${kind}". It was started by one that had.`);
  }
}

/** A definition does something that no definition may. */
export class DefinitionInvalidError extends LionError {
  readonly code = 'DEFINITION_INVALID';
  readonly retryable = false;
}

export class OperationTimedOutError extends LionError {
  readonly code = 'OPERATION_TIMED_OUT';
  readonly retryable = true;

  constructor() {
    super('The operation did not end within its timeoutMs. What it recorded is kept: retryOperation goes on from there.');
  }
}

export class OperationCrashedError extends LionError {
  readonly code = 'OPERATION_CRASHED';
  readonly retryable = true;

  constructor(crashes: number) {
    super(
      `The server went down ${crashes} times while this operation, and no other that can have been the cause, was running: so it is not tried again by itself. What it recorded is kept: retryOperation goes on from there.`,
    );
  }
}

/** Lion is about to stop: it finishes what it does, and takes nothing new. */
export class ServerStoppingError extends LionError {
  readonly code = 'SERVER_STOPPING';
  readonly retryable = true;

  constructor() {
    super(
      'Lion is stopping, and starts nothing new. Nothing was done: send the same request again, to whoever listens here next.',
    );
  }
}

/** A failure that a definition tells of: code and message reach the client as they are. */
export class OperationError extends LionError {
  readonly code: string;
  readonly retryable: boolean;
  /** What there is of the operation's output all the same. */
  readonly partialOutput: JsonObject | undefined;
  /** The budget into which a call did not fit. */
  readonly budget: ExceededBudget | undefined;

  constructor({ code, message, retryable, budget }: Failure, options?: ErrorOptions & { partialOutput?: JsonObject }) {
    super(message, options);
    this.code = code;
    this.retryable = retryable;
    this.partialOutput = options?.partialOutput;
    this.budget = budget;
  }
}

/** What `ask` throws. */
export class InputTimedOutError extends OperationError {
  constructor(name: string) {
    super({
      code: 'INPUT_TIMED_OUT',
      message: `Nobody answered ${JSON.stringify(name)} in time. retryOperation asks again.`,
      retryable: true,
    });
  }
}

export function failureOf(error: LionError): Failure {
  const { code, message, retryable } = error;
  const budget = error instanceof BudgetExceededError || error instanceof OperationError ? error.budget : undefined;
  return { code, message, retryable, ...(budget && { budget }) };
}

/** Does something; where a model fails in it, what there is so far is kept with the failure. @throws OperationError */
export async function withPartialOutput<T>(partialOutput: JsonObject, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isOfModel = [
      ModelCallError,
      ModelOutputError,
      ModelChainError,
      ModelUnknownError,
      ModelPriceUnknownError,
      BudgetExceededError,
    ].some((type) => error instanceof type);
    throw isOfModel ? new OperationError(failureOf(error as LionError), { cause: error, partialOutput }) : error;
  }
}
