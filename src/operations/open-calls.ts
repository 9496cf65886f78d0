import { operationId, type OperationRef } from '../ids.ts';
import { noUsage, type CallUse } from '../models/usage.ts';

/** A model call whose usage is not booked yet. */
export interface OpenCall {
  step: string;
  try: number;
  model: string;
  /** What it has used so far: the provider's count, or else an estimate. */
  call: CallUse;
}

/** A call that is yet to be made. */
export const notAsked: CallUse = { usage: noUsage, isCounted: true };

/**
 * The model calls of this process whose usage is not booked yet. Who ends an operation from outside takes what its calls have used until
 * then; what the attempt itself writes of a try takes that call out. Both do so where their write is decided: so each call is booked once.
 */
export class OpenCalls {
  readonly #calls = new Map<string, Map<string, OpenCall>>();

  put({ sessionId, number }: OperationRef, call: OpenCall): void {
    const id = operationId(sessionId, number);
    const calls = this.#calls.get(id) ?? new Map<string, OpenCall>();
    this.#calls.set(id, calls.set(call.step, call));
  }

  /** The call of a step is booked by who asks. @returns what is known of it */
  take({ sessionId, number }: OperationRef, step: string): CallUse | undefined {
    const calls = this.#calls.get(operationId(sessionId, number));
    const open = calls?.get(step);
    calls?.delete(step);
    return open?.call;
  }

  /** All of an operation, booked by who asks. */
  takeAll({ sessionId, number }: OperationRef): OpenCall[] {
    const id = operationId(sessionId, number);
    const calls = [...(this.#calls.get(id)?.values() ?? [])];
    this.#calls.delete(id);
    return calls;
  }
}
