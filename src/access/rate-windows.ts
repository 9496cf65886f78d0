import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock } from '../clock.ts';

/** A minute. */
export const windowMs = 60_000;

/** Who is counted at a time: beyond it, those are forgotten who came longest ago. What a flood of addresses takes is bounded. */
const mostCounted = 100_000;

interface Window {
  points: number;
  /** By the monotonic clock. */
  endMs: number;
}

/**
 * What a limiter of the library counts in, in place of its own memory: that goes by the system's clock, has a timer for each entry, and no
 * bound. It counts within the call, so that nothing comes in between.
 */
class SteadyMemory {
  readonly #clock: Clock;
  readonly #windows = new LRUCache<string, Window>({ max: mostCounted });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  incrby(key: string, points: number, durationSeconds: number): RateLimiterRes {
    const now = this.#clock.monotonicMs();
    const window = this.#windows.get(key);
    if (!window || window.endMs <= now) return this.set(key, Math.max(0, points), durationSeconds);
    window.points += points;
    return this.#tell(window, now, false);
  }

  set(key: string, points: number, durationSeconds: number): RateLimiterRes {
    const now = this.#clock.monotonicMs();
    const window = { points, endMs: now + durationSeconds * 1000 };
    this.#windows.set(key, window);
    return this.#tell(window, now, true);
  }

  get(key: string): RateLimiterRes | null {
    const now = this.#clock.monotonicMs();
    const window = this.#windows.get(key);
    return window && window.endMs > now ? this.#tell(window, now, false) : null;
  }

  delete(key: string): boolean {
    return this.#windows.delete(key);
  }

  #tell({ points, endMs }: Window, now: number, isFirst: boolean): RateLimiterRes {
    return new RateLimiterRes(0, endMs - now, points, isFirst);
  }
}

/**
 * Counts what is done in windows of a minute, each of which begins with the first that is counted: in the memory of this process, and by
 * Lion's clock, so that setting the system's neither prolongs nor cuts them. It lets all through: how much is too much differs from key to
 * key, and whoever counts compares.
 */
export function openRateWindows(clock: Clock): RateLimiterMemory {
  const windows = new RateLimiterMemory({ keyPrefix: '', points: Number.MAX_SAFE_INTEGER, duration: windowMs / 1000 });
  return Object.assign(windows, { _memoryStorage: new SteadyMemory(clock) });
}
