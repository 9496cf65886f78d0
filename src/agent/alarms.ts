import TinyQueue from 'tinyqueue';
import type { Clock } from '../clock.ts';

interface Alarm {
  key: string;
  /** By the monotonic clock. */
  dueMs: number;
  /** The time by the calendar, where it goes by that. */
  at: Date | undefined;
  onDue(): void;
}

/** Calls back at many times, with one timer: for the soonest. Durations last as long as they are, however the system's clock is set. */
export class Alarms {
  readonly #clock: Clock;
  readonly #alarms = new Map<string, Alarm>();
  readonly #calendar = new Set<Alarm>();
  /** By time; those that count no more are left out when they are met. */
  readonly #queue = new TinyQueue<Alarm>([], (a, b) => a.dueMs - b.dueMs);
  readonly #stopListening: () => void;
  #stopTimer = (): void => {};
  #timerMs = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#stopListening = clock.onStep(() => this.#readCalendar());
  }

  /** Calls back when so many ms have passed. An alarm of the same key is replaced. */
  after(ms: number, key: string, onDue: () => void): void {
    this.#set({ key, dueMs: this.#clock.monotonicMs() + Math.max(0, ms), at: undefined, onDue });
  }

  /** Calls back when the calendar says so. */
  at(at: Date, key: string, onDue: () => void): void {
    this.#set({ key, dueMs: this.#dueMs(at), at, onDue });
  }

  clear(key: string): void {
    const alarm = this.#alarms.get(key);
    if (!alarm) return;
    this.#alarms.delete(key);
    this.#calendar.delete(alarm);
    this.#arm();
  }

  close(): void {
    this.#stopListening();
    this.#stopTimer();
  }

  #dueMs(at: Date): number {
    return this.#clock.monotonicMs() + Math.max(0, at.getTime() - this.#clock.now().getTime());
  }

  #set(alarm: Alarm): void {
    const before = this.#alarms.get(alarm.key);
    if (before) this.#calendar.delete(before);
    this.#alarms.set(alarm.key, alarm);
    if (alarm.at) this.#calendar.add(alarm);
    this.#queue.push(alarm);
    this.#arm();
  }

  /** The system's clock was set: what goes by it has another distance now. */
  #readCalendar(): void {
    // A copy: each is replaced in turn.
    const alarms = [...this.#calendar];
    for (const alarm of alarms) this.#set({ ...alarm, dueMs: this.#dueMs(alarm.at!) });
  }

  #next(): Alarm | undefined {
    for (;;) {
      const alarm = this.#queue.peek();
      if (!alarm || this.#alarms.get(alarm.key) === alarm) return alarm;
      this.#queue.pop();
    }
  }

  #arm(): void {
    const dueMs = this.#next()?.dueMs ?? Infinity;
    if (dueMs === this.#timerMs) return;
    this.#stopTimer();
    this.#timerMs = dueMs;
    if (dueMs < Infinity) this.#stopTimer = this.#clock.timer(dueMs - this.#clock.monotonicMs(), () => this.#ring());
  }

  #ring(): void {
    this.#timerMs = Infinity;
    const nowMs = this.#clock.monotonicMs();
    for (let alarm = this.#next(); alarm && alarm.dueMs <= nowMs; alarm = this.#next()) {
      this.#queue.pop();
      if (alarm.at && alarm.at > this.#clock.now()) {
        this.#set({ ...alarm, dueMs: this.#dueMs(alarm.at) });
        continue;
      }
      this.#alarms.delete(alarm.key);
      this.#calendar.delete(alarm);
      alarm.onDue();
    }
    this.#arm();
  }
}
