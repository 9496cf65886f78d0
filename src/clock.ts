/** Where time comes from. */
export interface Clock {
  /**
   * The time that is stored and shown. It follows the system's clock forward. Where that is set back, it goes on a little more slowly until
   * the two agree again: what happens later never bears an earlier time within one process.
   */
  now(): Date;
  /**
   * The time by what has passed in this process, however the system's clock was set since: for what must not be done too early because of that, as
   * it cannot be undone.
   */
  steadyNow(): Date;
  /** Milliseconds that have passed since some point: what durations are measured by. No setting of the system's clock touches it. */
  monotonicMs(): number;
  /** Calls back once, after a duration however long. @returns what stops it */
  timer(ms: number, onDue: () => void): () => void;
  /** Told when the system's clock was set: as soon as somebody asks for the time. @returns what stops listening */
  onStep(listener: () => void): () => void;
}

/** What a clock is made of: that of the system, or what a test has in its place. */
export interface TimeSource {
  wallMs(): number;
  monotonicMs(): number;
  timer(ms: number, onDue: () => void): () => void;
}

/** What the system's clock may be off by between two looks without having been set. */
const toleranceMs = 500;

/** How fast time goes while it is ahead of the system's clock. */
const slowPace = 0.9;

export function openClock(source: TimeSource = systemTime): Clock {
  const listeners = new Set<() => void>();
  let seen = { wallMs: source.wallMs(), monotonicMs: source.monotonicMs() };
  const began = seen;
  let shownMs = seen.wallMs;
  return {
    now() {
      const before = seen;
      seen = { wallMs: source.wallMs(), monotonicMs: source.monotonicMs() };
      const passedMs = seen.monotonicMs - before.monotonicMs;
      const wasSet = Math.abs(seen.wallMs - before.wallMs - passedMs) > toleranceMs;
      shownMs = Math.max(seen.wallMs, shownMs + passedMs * slowPace);
      if (wasSet) for (const listener of listeners) listener();
      return new Date(shownMs);
    },
    steadyNow: () => new Date(began.wallMs + source.monotonicMs() - began.monotonicMs),
    monotonicMs: () => source.monotonicMs(),
    timer: (ms, onDue) => source.timer(ms, onDue),
    onStep(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The longest that Node waits at a time: beyond it, it does not wait at all. */
const longestTimeoutMs = 2 ** 31 - 1;

const systemTime: TimeSource = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  timer(ms, onDue) {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number): void => {
      const next = Math.min(leftMs, longestTimeoutMs);
      timer = setTimeout(() => (leftMs > next ? wait(leftMs - next) : onDue()), next);
    };
    wait(Math.max(0, ms));
    return () => clearTimeout(timer);
  },
};
