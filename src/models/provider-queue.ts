import { ModelCallError } from './errors.ts';
import { rateLimitsOf, retryAfterMs, type ProviderAllowance } from './rate-limit-headers.ts';
import { SlidingWindow, type WindowEntry } from './sliding-window.ts';
import type { TrafficLimits } from './traffic-limits.ts';
import type { TurnRequest, Wait } from './turn.ts';

/** A place among the calls that are under way. */
export interface Place {
  /** Gives it back, once, with what the call used; undefined where that is not known. */
  leave(usedTokens: number | undefined): void;
}

interface Waiter {
  request: TurnRequest;
  /** What it was told last. */
  told: Obstacle | undefined;
  admit(place: Place): void;
  /** Takes it out of the queue. */
  refuse(reason: unknown): void;
}

/** Why a call cannot go; `until` by the monotonic clock. */
interface Obstacle {
  reason: Wait['reason'];
  until: number | null;
}

/** What a provider has left, counted down with each call until it says so again. */
interface Left {
  of: ProviderAllowance['of'];
  remaining: number;
  limit: number;
  until: number;
}

/**
 * The calls that wait for one provider, in the order in which they came: the first one goes as soon as all limits let it, and
 * nobody goes before it, not even one that would fit. Nothing is left of it while nobody waits, and a wait alone does not keep
 * the process alive.
 */
export class ProviderQueue {
  readonly #provider: string;
  readonly #concurrency: number;
  readonly #requests: SlidingWindow | undefined;
  readonly #tokens: SlidingWindow | undefined;
  /** Calls that are under way. */
  #underWay = 0;
  #pausedUntil = Number.NEGATIVE_INFINITY;
  readonly #left = new Map<string, Left>();
  readonly #waiters = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;

  constructor(provider: string, limits: TrafficLimits[string]) {
    this.#provider = provider;
    this.#concurrency = limits.concurrency ?? Number.POSITIVE_INFINITY;
    this.#requests = limits.requestsPerMinute === undefined ? undefined : new SlidingWindow(limits.requestsPerMinute);
    this.#tokens = limits.tokensPerMinute === undefined ? undefined : new SlidingWindow(limits.tokensPerMinute);
  }

  /** @throws the reason of the signal, what the queue was cleared with; ModelCallError `MODEL_RATE_LIMITED` for a pause that is too long */
  enter(request: TurnRequest): Promise<Place> {
    return new Promise((resolve, reject) => {
      const { signal } = request;
      if (signal.aborted) return reject(signal.reason);
      const onAbort = (): void => {
        waiter.refuse(signal.reason);
        // The next one may fit where this one did not.
        this.#advance();
      };
      const remove = (): void => {
        this.#waiters.delete(waiter);
        signal.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        request,
        told: undefined,
        admit(place) {
          remove();
          resolve(place);
        },
        refuse(reason) {
          remove();
          reject(reason);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.add(waiter);
      this.#advance();
      if (this.#waiters.has(waiter) && waiter.told === undefined) this.#tellOfQueue(waiter);
    });
  }

  /** Takes in what the provider says: a pause, and what is left of its limits. */
  observe(status: number, headers: Headers): void {
    const now = performance.now();
    const wall = Date.now();
    const pausedUntil = this.#pausedUntil;
    // 529 is Anthropic's word for 503.
    const waitMs = status === 429 || status === 503 || status === 529 ? retryAfterMs(headers, wall) : undefined;
    if (waitMs !== undefined) this.#pausedUntil = Math.max(this.#pausedUntil, now + waitMs);
    for (const { name, of, remaining, limit, resetMs } of rateLimitsOf(headers, wall)) {
      this.#left.set(name, { of, remaining, limit: limit ?? Number.POSITIVE_INFINITY, until: now + resetMs });
    }
    this.#advance();
    if (this.#pausedUntil === pausedUntil) return;
    const [, ...behind] = this.#waiters;
    for (const waiter of behind) this.#tell(waiter, { reason: 'PROVIDER', until: this.#pausedUntil });
  }

  /** Sends everybody away who waits. */
  clear(reason: () => unknown): void {
    for (const waiter of this.#waiters) waiter.refuse(reason());
    this.#advance();
  }

  /** Lets in whoever may go, in order; the first who may not is told why, and looked at again in time. */
  #advance(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#refuseImpatient();
    for (const waiter of this.#waiters) {
      const now = performance.now();
      const obstacle = this.#obstacle(waiter.request, now);
      if (obstacle !== undefined) {
        if (obstacle.until !== null) {
          this.#timer = setTimeout(() => this.#advance(), Math.ceil(obstacle.until - now)).unref();
        }
        return this.#tell(waiter, obstacle);
      }
      waiter.admit(this.#place(waiter.request, now));
    }
  }

  /** Sends away whom the provider keeps waiting for longer than they would, wherever they are in the queue. */
  #refuseImpatient(): void {
    const now = performance.now();
    for (const { request, refuse } of this.#waiters) {
      const waitMs = Math.ceil(this.#providerUntil(request.tokens, now) - now);
      if (waitMs <= (request.providerPatienceMs ?? Number.POSITIVE_INFINITY)) continue;
      const message = `${this.#provider} asked to be left alone for another ${Math.ceil(waitMs / 1000)} s`;
      refuse(
        new ModelCallError({
          model: this.#provider,
          code: 'MODEL_RATE_LIMITED',
          message,
          retryable: true,
          retryAfterMs: waitMs,
        }),
      );
    }
  }

  /** When the provider lets a call through, by its own word: now, or later. */
  #providerUntil(tokens: number, now: number): number {
    return Math.max(now, this.#pausedUntil, this.#leftAt(tokens, now));
  }

  #place({ tokens }: TurnRequest, now: number): Place {
    this.#underWay++;
    this.#requests?.add(1, now);
    const reserved = this.#tokens?.add(tokens, now);
    for (const left of this.#left.values()) {
      if (left.of === 'requests') left.remaining -= 1;
      if (left.of === 'tokens') left.remaining -= tokens;
    }
    return { leave: (usedTokens) => this.#leave(reserved, usedTokens) };
  }

  #leave(reserved: WindowEntry | undefined, usedTokens: number | undefined): void {
    this.#underWay--;
    if (reserved !== undefined && usedTokens !== undefined) this.#tokens?.settle(reserved, usedTokens, performance.now());
    this.#advance();
  }

  /** What keeps a call from going now; of several, the one that does so for longest. */
  #obstacle({ tokens }: TurnRequest, now: number): Obstacle | undefined {
    const obstacles: { reason: Wait['reason']; until: number }[] = [
      { reason: 'PROVIDER', until: this.#providerUntil(tokens, now) },
      { reason: 'REQUESTS', until: this.#requests?.roomAt(1, now) ?? now },
      { reason: 'TOKENS', until: this.#tokens?.roomAt(tokens, now) ?? now },
    ];
    const longest = obstacles.reduce((a, b) => (b.until > a.until ? b : a));
    if (longest.until > now) return longest;
    return this.#underWay >= this.#concurrency ? { reason: 'CONCURRENCY', until: null } : undefined;
  }

  /** When the provider has enough left, by its own word. What has been reset is not known until it says so again. */
  #leftAt(tokens: number, now: number): number {
    let at = now;
    for (const [name, left] of this.#left) {
      if (left.until <= now) this.#left.delete(name);
      // How a call's tokens fall into input and output is not known beforehand.
      else if (left.remaining < (left.of === 'tokens' ? Math.min(tokens, left.limit) : 1)) at = Math.max(at, left.until);
    }
    return at;
  }

  /** Whoever comes behind others waits for what they wait for, and for them. */
  #tellOfQueue(waiter: Waiter): void {
    const [first] = this.#waiters;
    const { reason, until } = first?.told ?? { reason: 'CONCURRENCY', until: null };
    this.#tell(waiter, { reason, until: reason === 'PROVIDER' ? until : null });
  }

  /** Only what is new: another reason, or a time that differs by more than a second. */
  #tell(waiter: Waiter, obstacle: Obstacle): void {
    const { told } = waiter;
    if (told?.reason === obstacle.reason && differenceMs(told.until, obstacle.until) <= 1000) return;
    // What an earlier one was told may have sent this one away.
    if (!this.#waiters.has(waiter)) return;
    waiter.told = obstacle;
    const until = obstacle.until === null ? null : new Date(Date.now() + Math.ceil(obstacle.until - performance.now()));
    try {
      waiter.request.onWait({ provider: this.#provider, reason: obstacle.reason, until });
    } catch (thrown) {
      waiter.refuse(thrown);
      this.#advance();
    }
  }
}

function differenceMs(a: number | null, b: number | null): number {
  if (a === null || b === null) return a === b ? 0 : Number.POSITIVE_INFINITY;
  return Math.abs(a - b);
}
