import type { Provisional } from '../history/event.ts';

/** At most 20 text events a second for each step. */
const textIntervalMs = 50;

/**
 * Writes that are under way. They are stored in the order in which they were given; the first that fails is told of by
 * `flush`, and by `onFailure` at once.
 */
export class Outbox {
  readonly #onFailure: (error: unknown) => void;
  #pending = 0;
  #failure: { error: unknown } | undefined;
  #idle: (() => void)[] = [];

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  send(write: Promise<unknown>): void {
    this.#pending++;
    write
      .catch((error: unknown) => {
        if (this.#failure) return;
        this.#failure = { error };
        this.#onFailure(error);
      })
      .finally(() => {
        if (--this.#pending > 0) return;
        for (const resolve of this.#idle.splice(0)) resolve();
      });
  }

  /** Resolves when all that was given is stored. @throws the first failure */
  async flush(): Promise<void> {
    if (this.#pending > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    if (this.#failure) throw this.#failure.error;
  }
}

/** Gathers what one try of a step proposes: text until there is some worth an event, all else goes at once. */
export class Proposals {
  readonly #send: (events: Provisional[]) => void;
  #events: Provisional[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sentAt = 0;

  constructor(send: (events: Provisional[]) => void) {
    this.#send = send;
  }

  add(event: Provisional): void {
    const last = this.#events.at(-1);
    const isText = event.type === 'TextDelta' || event.type === 'ReasoningDelta';
    if (isText && last?.type === event.type) last.text += event.text;
    else this.#events.push({ ...event });
    if (!isText) return this.flush();
    const waitMs = this.#sentAt + textIntervalMs - performance.now();
    if (waitMs <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), waitMs);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#events.length === 0) return;
    this.#send(this.#events);
    this.#events = [];
    this.#sentAt = performance.now();
  }
}
