import { ModelCallError, ModelOutputError, type ModelCallErrorCode } from './errors.ts';

export interface BreakerSettings {
  /** After how many failures in a row it opens. @default 5 */
  failures?: number;
  /** For how long it is open at first; each trial that fails doubles it, up to `maxOpenMs`. @default 10_000 */
  openMs?: number;
  /** @default 120_000, or `openMs` where that is more */
  maxOpenMs?: number;
}

/** Leave to make one call. */
export interface Pass {
  /** Says how the call went: `undefined` for well, else what it failed with. Only the first word counts. */
  end(error: unknown): void;
}

/** A word about one call. ANSWERED: the provider works and would not do this one. UNKNOWN: the call says nothing about it. */
type Verdict = 'WORKED' | 'ANSWERED' | 'FAULT' | 'UNKNOWN';

type State =
  | { status: 'CLOSED'; failures: number }
  | { status: 'OPEN'; openMs: number; until: number; why: string }
  /** One call finds out whether the provider works again. */
  | { status: 'TRIAL'; openMs: number; why: string };

/**
 * Keeps calls away from a provider that does not work. After some failures in a row that are the provider's fault it is open:
 * calls fail at once. When that time is over, one call is a trial; the others still fail at once, so that they can go elsewhere.
 *
 * Not cockatiel's: while a trial is under way that one lets the others wait for its end, which a model takes minutes for; it
 * wraps a whole call, where here a call waits for its turn between the leave and the request; and it takes a trial that was
 * aborted for one that went well.
 */
export class CircuitBreaker {
  readonly #provider: string;
  readonly #failures: number;
  readonly #openMs: number;
  readonly #maxOpenMs: number;
  readonly #onOpen: () => void;
  /** A new object with each change: a call that began before the change has no say in what came after. */
  #state: State = { status: 'CLOSED', failures: 0 };

  /** @param onOpen called when it opens; then `refusal` is what keeps calls away */
  constructor(provider: string, settings: BreakerSettings, onOpen: () => void) {
    this.#provider = provider;
    this.#failures = settings.failures ?? 5;
    this.#openMs = settings.openMs ?? 10_000;
    this.#maxOpenMs = Math.max(settings.maxOpenMs ?? 120_000, this.#openMs);
    this.#onOpen = onOpen;
  }

  /** @throws ModelCallError `MODEL_CIRCUIT_OPEN` */
  pass(): Pass {
    const state = this.#state;
    if (state.status === 'OPEN' && state.until <= performance.now()) {
      this.#state = { status: 'TRIAL', openMs: state.openMs, why: state.why };
    } else if (state.status !== 'CLOSED') {
      throw this.refusal();
    }
    const given = this.#state;
    return {
      end: (error) => {
        if (this.#state === given) this.#take(given, verdictOf(error), error);
      },
    };
  }

  /** What a call fails with that is kept away now. */
  refusal(): ModelCallError {
    const state = this.#state;
    const why = state.status === 'CLOSED' ? '' : ` (${state.why})`;
    const waitMs = state.status === 'OPEN' ? Math.max(0, Math.ceil(state.until - performance.now())) : this.#openMs;
    const when =
      state.status === 'OPEN' ? `it will be tried again in ${Math.ceil(waitMs / 1000)} s` : 'one call is trying it right now';
    return new ModelCallError({
      model: this.#provider,
      code: 'MODEL_CIRCUIT_OPEN',
      message: `${this.#provider} is not asked at present: its last calls failed${why}; ${when}`,
      retryable: true,
      retryAfterMs: waitMs,
    });
  }

  #take(state: State, verdict: Verdict, error: unknown): void {
    switch (state.status) {
      case 'CLOSED':
        if (verdict === 'WORKED') state.failures = 0;
        if (verdict === 'FAULT' && ++state.failures >= this.#failures) this.#open(this.#openMs, error);
        return;
      case 'TRIAL':
        if (verdict === 'FAULT') this.#open(Math.min(state.openMs * 2, this.#maxOpenMs), error);
        // The next call is the trial, then.
        else if (verdict === 'UNKNOWN') this.#state = { ...state, status: 'OPEN', until: performance.now() };
        else this.#state = { status: 'CLOSED', failures: 0 };
        return;
      case 'OPEN':
        return;
    }
  }

  #open(openMs: number, error: unknown): void {
    const why = error instanceof ModelCallError ? error.code : 'unknown';
    this.#state = { status: 'OPEN', openMs, until: performance.now() + openMs, why };
    this.#onOpen();
  }
}

const faults: ReadonlySet<ModelCallErrorCode> = new Set([
  'MODEL_UNREACHABLE',
  'MODEL_CONNECTION_RESET',
  'MODEL_CERTIFICATE_INVALID',
  'MODEL_SERVER_ERROR',
  'MODEL_OVERLOADED',
  'MODEL_NO_RESPONSE',
  'MODEL_STREAM_STALLED',
  'MODEL_TIMED_OUT',
  'MODEL_STREAM_BROKEN',
  'MODEL_STREAM_EMPTY',
  'MODEL_UNAUTHORIZED',
]);

function verdictOf(error: unknown): Verdict {
  if (error === undefined || error instanceof ModelOutputError) return 'WORKED';
  if (!(error instanceof ModelCallError)) return 'UNKNOWN';
  return faults.has(error.code) || (error.code === 'MODEL_STREAM_ERROR' && error.retryable) ? 'FAULT' : 'ANSWERED';
}
