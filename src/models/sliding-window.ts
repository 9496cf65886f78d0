/** One thing that counts in a window. */
export interface WindowEntry {
  readonly at: number;
  amount: number;
}

const windowMs = 60_000;

/**
 * Counts what was let through in the last 60 s, so that no 60 s ever see more than the limit: a bucket that fills evenly would
 * let through nearly twice as much after a rest. Times are those of a monotonic clock, in milliseconds.
 */
export class SlidingWindow {
  readonly #limit: number;
  /** In the order of time. */
  readonly #entries: WindowEntry[] = [];
  #sum = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * When there is room for `amount`; `now` at the earliest. What is above the whole limit has room when the window is empty: it
   * would never be let through otherwise.
   */
  roomAt(amount: number, now: number): number {
    this.#forget(now);
    const target = Math.max(0, this.#limit - amount);
    let sum = this.#sum;
    let at = now;
    for (const entry of this.#entries) {
      if (sum <= target) break;
      sum -= entry.amount;
      at = entry.at + windowMs;
    }
    return at;
  }

  /** @returns what can be settled later */
  add(amount: number, now: number): WindowEntry {
    const entry = { at: now, amount };
    this.#entries.push(entry);
    this.#sum += amount;
    return entry;
  }

  /** Puts what was really used in place of what was expected: what is less gives room at once, what is more counts from now on. */
  settle(entry: WindowEntry, used: number, now: number): void {
    const more = used - entry.amount;
    this.#forget(now);
    if (more > 0) {
      this.add(more, now);
    } else if (entry.at + windowMs > now) {
      entry.amount = used;
      this.#sum += more;
    }
  }

  #forget(now: number): void {
    let gone = 0;
    for (const entry of this.#entries) {
      if (entry.at + windowMs > now) break;
      this.#sum -= entry.amount;
      gone++;
    }
    if (gone > 0) this.#entries.splice(0, gone);
    // Sums of fractions would drift.
    if (this.#entries.length === 0) this.#sum = 0;
  }
}
