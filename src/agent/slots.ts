/**
 * How many operations are worked on at a time. An operation that waits for its children gives its slot up, and takes one
 * again before it goes on; those that go on come before those that are new.
 */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  readonly #onFree: () => void;
  #free: number;

  /** @param onFree called when a slot is free and nobody waits to go on */
  constructor(count: number, onFree: () => void) {
    this.#free = count;
    this.#onFree = onFree;
  }

  get free(): number {
    return this.#free;
  }

  /** Takes a slot for a new operation. @returns whether there was one */
  tryTake(): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  /** Takes a slot to go on with: before anything new. */
  async take(): Promise<void> {
    if (this.tryTake()) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next) return next();
    this.#free++;
    this.#onFree();
  }
}

/** The slot of one operation, which can be given up and taken again while it is executed. */
export class HeldSlot {
  readonly #slots: Slots;
  readonly #signal: AbortSignal;
  #held: Promise<void> | undefined = Promise.resolve();
  #working = 0;
  #waiting = 0;
  #ended = false;

  /** @param signal fires when the operation is to stop: then it waits for no slot any more */
  constructor(slots: Slots, signal: AbortSignal) {
    this.#slots = slots;
    this.#signal = signal;
  }

  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  /** Does work that needs the slot. */
  async work<T>(work: () => Promise<T>): Promise<T> {
    this.#working++;
    try {
      await unlessAborted((this.#held ??= this.#slots.take()), this.#signal);
      return await work();
    } finally {
      this.#working--;
      this.#giveUpIfIdle();
    }
  }

  /** Waits for something; meanwhile the slot is free, unless other branches of the operation work. */
  async wait(something: Promise<void>): Promise<void> {
    this.#waiting++;
    this.#giveUpIfIdle();
    try {
      await something;
    } finally {
      this.#waiting--;
    }
    // While other branches still wait for children, a branch that held the slot could keep those children from starting.
    if (this.#waiting === 0 && !this.#ended) await unlessAborted((this.#held ??= this.#slots.take()), this.#signal);
  }

  /** Gives the slot up for good. */
  end(): void {
    this.#ended = true;
    this.#release();
  }

  #giveUpIfIdle(): void {
    if (this.#waiting > 0 && this.#working === 0) this.#release();
  }

  #release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held) void held.then(() => this.#slots.release());
  }
}

/** Waits for something. @throws the reason of the signal, should that fire first */
async function unlessAborted(something: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort);
  });
  try {
    await Promise.race([something, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
