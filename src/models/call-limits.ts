import { watchWire } from './wire.ts';

/** The limits that a call can reach. */
export type CallLimit = 'call-timeout' | 'no-response' | 'stalled';

/** Why a call was ended before the model had finished. */
export type CallEnd = 'cancelled' | CallLimit;

/**
 * The limits of one model call, and its one way to stop it. `signal` goes to the provider; it is aborted when the caller
 * cancels, when a limit is reached, and in any case at `close`, so that no socket outlives its call.
 *
 * The caller's signal outlives thousands of calls: it never reaches the SDK or fetch, and its one listener goes at `close`.
 */
export class CallLimits {
  /** Why the call was ended early; undefined while it goes on. */
  end: CallEnd | undefined;
  /** Whether the response has begun: its headers are there. */
  hasBegun = false;
  /** The status of the HTTP response, where there is one. */
  status: number | undefined;
  readonly #upstream = new AbortController();
  readonly #cancel: AbortSignal;
  readonly #limits: { callTimeoutMs: number; silenceTimeoutMs: number };
  readonly #callTimer: NodeJS.Timeout;
  readonly #silenceTimer: NodeJS.Timeout;
  readonly #onCancel = (): void => this.#endCall('cancelled');
  #interrupt: ((reason: unknown) => void) | undefined;

  constructor(cancel: AbortSignal, limits: { callTimeoutMs: number; silenceTimeoutMs: number }) {
    this.#cancel = cancel;
    this.#limits = limits;
    this.#callTimer = setTimeout(() => this.#endCall('call-timeout'), delay(limits.callTimeoutMs));
    this.#silenceTimer = setTimeout(
      () => this.#endCall(this.hasBegun ? 'stalled' : 'no-response'),
      delay(limits.silenceTimeoutMs),
    );
    watchWire(this.signal, {
      onResponse: (status) => {
        this.status = status;
        this.heard();
      },
      onBytes: () => this.heard(),
    });
    cancel.addEventListener('abort', this.#onCancel, { once: true });
    if (cancel.aborted) this.#onCancel();
  }

  get signal(): AbortSignal {
    return this.#upstream.signal;
  }

  /** How long that limit was. */
  limitMs(limit: CallLimit): number {
    return limit === 'call-timeout' ? this.#limits.callTimeoutMs : this.#limits.silenceTimeoutMs;
  }

  /** Something of the response arrived: the silence starts anew. */
  heard(): void {
    this.hasBegun = true;
    this.#silenceTimer.refresh();
  }

  /**
   * `pending`, or a rejection the moment the call is ended: a model that ignores its signal holds nobody up. One at a time.
   */
  wait<T>(pending: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      pending.then(resolve, reject);
      if (this.end === undefined) this.#interrupt = reject;
      else reject(this.signal.reason);
    });
  }

  close(): void {
    clearTimeout(this.#callTimer);
    clearTimeout(this.#silenceTimer);
    this.#cancel.removeEventListener('abort', this.#onCancel);
    this.#interrupt = undefined;
    this.#upstream.abort(new DOMException('The call is over', 'AbortError'));
  }

  #endCall(end: CallEnd): void {
    if (this.end !== undefined) return;
    this.end = end;
    // The SDK takes only these two names for an abort; anything else it would report as a failed request.
    const reason = new DOMException(`The call ended: ${end}`, end === 'cancelled' ? 'AbortError' : 'TimeoutError');
    this.#upstream.abort(reason);
    this.#interrupt?.(reason);
  }
}

/** A longer delay than this would be over at once. */
const delay = (ms: number): number => Math.min(ms, 2 ** 31 - 1);
