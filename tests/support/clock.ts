import { openClock, type Clock } from '../../src/clock.ts';

/** A clock that a test sets, and lets run ahead. */
export interface TestClock extends Clock {
  /** Sets the system's clock; no time passes. */
  step(ms: number): void;
  /** Lets time pass: what comes due meanwhile is due at once. */
  pass(ms: number): void;
}

/**
 * A clock that goes as fast as that of this machine, but for what the test does to it.
 *
 * @param offMs by how much the system's clock is ahead of this machine's at first
 */
export function testClock(offMs = 0): TestClock {
  let steppedMs = offMs;
  let passedMs = 0;
  const monotonicMs = (): number => performance.now() + passedMs;
  const timers = new Set<() => void>();
  const clock = openClock({
    wallMs: () => Date.now() + passedMs + steppedMs,
    monotonicMs,
    timer(ms, onDue) {
      const dueMs = monotonicMs() + ms;
      let timer: NodeJS.Timeout;
      const arm = (): void => {
        clearTimeout(timer);
        // Node waits no longer than that at a time.
        timer = setTimeout(ring, Math.min(Math.max(0, dueMs - monotonicMs()), 2 ** 31 - 1));
        timer.unref();
      };
      const ring = (): void => {
        if (monotonicMs() < dueMs) return arm();
        timers.delete(arm);
        onDue();
      };
      timers.add(arm);
      arm();
      return () => {
        timers.delete(arm);
        clearTimeout(timer);
      };
    },
  });
  return {
    ...clock,
    step(ms) {
      steppedMs += ms;
    },
    pass(ms) {
      passedMs += ms;
      for (const arm of timers) arm();
    },
  };
}
