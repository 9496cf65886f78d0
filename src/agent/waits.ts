import { Prisma, type Database } from '../database/client.ts';
import type { InputRequest, Json } from '../history/event.ts';
import type { Nudges } from '../history/nudge.ts';
import type { OperationRef } from '../ids.ts';
import { parseInput } from '../input.ts';
import { InputInvalidError } from '../errors.ts';
import { answerShape } from '../operations/answer-shape.ts';
import type { Attempt } from '../operations/attempt.ts';
import type { AskRequest } from '../operations/definition.ts';
import { DefinitionChangedError, DefinitionInvalidError, InputTimedOutError } from '../operations/errors.ts';
import type { OperationStore } from '../operations/store.ts';
import { waitTopic, type NewWait, type TimedWait } from '../operations/waiting.ts';
import type { Outbox } from './outbox.ts';
import { storable } from './storable.ts';

/** A wait, as it was recorded. */
export interface RecordedWait {
  reason: 'PERSON' | 'TIME';
  /** Undefined while it is not over. */
  outcome: WaitOutcome | undefined;
}

/** How a wait ended: with an answer, or because its time had come. */
export interface WaitOutcome {
  answer: { value: Json } | null;
}

export interface WaitServices {
  database: Database;
  nudges: Nudges;
  store: OperationStore;
  /** Told of each wait that has begun. */
  armWait(operation: OperationRef, wait: TimedWait): void;
}

/** The attempt has given its claim up, as it has nothing to do but wait. */
export class ParkedError extends Error {}

/** The longest that can be waited: a hundred years. */
const longestMs = 100 * 365 * 24 * 60 * 60 * 1000;

/** What one attempt waits for outside of Lion. As soon as it has nothing else to do, it is parked. */
export class Waits {
  /** Never fulfilled: rejects when the attempt is parked, or could not be. */
  readonly parked: Promise<never>;
  readonly #services: WaitServices;
  readonly #attempt: Attempt;
  readonly #kind: string;
  readonly #recorded: ReadonlyMap<string, RecordedWait>;
  readonly #controller: AbortController;
  readonly #outbox: Outbox;
  readonly #met = new Set<string>();
  readonly #pending = new Map<string, { resolve(outcome: WaitOutcome): void; reject(error: unknown): void }>();
  #stopListening: (() => void) | undefined;
  #giveUp!: (error: unknown) => void;
  #sleeps = 0;
  #busy = 0;
  #isParking = false;

  constructor(
    services: WaitServices,
    attempt: Attempt,
    kind: string,
    recorded: ReadonlyMap<string, RecordedWait>,
    controller: AbortController,
    outbox: Outbox,
  ) {
    this.#services = services;
    this.#attempt = attempt;
    this.#kind = kind;
    this.#recorded = recorded;
    this.#controller = controller;
    this.#outbox = outbox;
    this.parked = new Promise((_resolve, reject) => (this.#giveUp = reject));
    // Nobody listens any more once the definition has come to its end.
    this.parked.catch(() => {});
  }

  /** A wait that was over, and that the definition has not met. */
  unmet(): string | undefined {
    return [...this.#recorded].find(([name, { outcome }]) => outcome && !this.#met.has(name))?.[0];
  }

  /** Does work; meanwhile the operation is not parked. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#busy++;
    try {
      return await work();
    } finally {
      this.#busy--;
      this.#parkSoon();
    }
  }

  async ask<T>(name: string, { question, context = null, schema, withinMs }: AskRequest<T>): Promise<T> {
    const what = `what "${name}" asks`;
    const wait = (complaint: string | null): NewWait => {
      const request: InputRequest = { question, context, schema: answerShape(schema), complaint };
      const lasts = withinMs === undefined ? null : { ms: this.#duration(withinMs) };
      return { name, reason: 'PERSON', request: storable(request, what), lasts };
    };
    let outcome = await this.#wait(name, 'PERSON', () => wait(null));
    for (;;) {
      if (!outcome.answer) throw new InputTimedOutError(name);
      try {
        return parseInput(schema, outcome.answer.value, 'answer');
      } catch (error) {
        if (!(error instanceof InputInvalidError)) throw error;
        await this.#open(wait(error.message));
      }
      outcome = await this.#over(name);
    }
  }

  async sleep(time: number | Date, options: { name?: string } = {}): Promise<void> {
    const name = options.name ?? `sleep ${++this.#sleeps}`;
    await this.#wait(name, 'TIME', () => {
      const lasts = time instanceof Date ? { until: this.#date(time) } : { ms: this.#duration(time) };
      return { name, reason: 'TIME', request: null, lasts };
    });
  }

  /** No more is waited for: the attempt has ended. */
  close(): void {
    this.#stopListening?.();
    this.#pending.clear();
  }

  async #wait(name: string, reason: 'PERSON' | 'TIME', begin: () => NewWait): Promise<WaitOutcome> {
    if (typeof name !== 'string' || name === '' || name.length > 200)
      throw new DefinitionInvalidError(
        `The definition "${this.#kind}" waits by a name that is empty or longer than 200 characters.`,
      );
    if (this.#met.has(name))
      throw new DefinitionInvalidError(`The definition "${this.#kind}" uses the name "${name}" of a wait twice.`);
    this.#met.add(name);
    const before = this.#recorded.get(name);
    if (before && before.reason !== reason)
      throw new DefinitionChangedError(this.#kind, `"${name}" waited for a ${before.reason.toLowerCase()}`);
    if (before?.outcome) return before.outcome;
    this.#listen();
    if (!before) await this.#open(begin());
    return this.#over(name);
  }

  async #open(wait: NewWait): Promise<void> {
    await this.during(async () => {
      // What came before is recorded before anybody is asked.
      await this.#outbox.flush();
      this.#controller.signal.throwIfAborted();
      const { store, armWait } = this.#services;
      this.#outbox.send(store.openWait(this.#attempt, wait).then((timed) => armWait(this.#attempt, timed)));
      await this.#outbox.flush();
    });
  }

  async #over(name: string): Promise<WaitOutcome> {
    this.#controller.signal.throwIfAborted();
    const over = new Promise<WaitOutcome>((resolve, reject) => this.#pending.set(name, { resolve, reject }));
    await this.#look();
    this.#parkSoon();
    return over;
  }

  #listen(): void {
    if (this.#stopListening) return;
    const { signal } = this.#controller;
    const stop = this.#services.nudges.listen(waitTopic(this.#attempt), () => void this.#look());
    const onAbort = (): void => {
      for (const { reject } of this.#pending.values()) reject(signal.reason);
      this.#pending.clear();
    };
    signal.addEventListener('abort', onAbort);
    this.#stopListening = () => {
      stop();
      signal.removeEventListener('abort', onAbort);
    };
  }

  /** Looks which waits are over. */
  async #look(): Promise<void> {
    try {
      for (const { name, outcome } of await readWaits(this.#services.database, this.#attempt)) {
        const pending = outcome && this.#pending.get(name);
        if (!pending) continue;
        this.#pending.delete(name);
        pending.resolve(outcome);
      }
    } catch (error) {
      this.#giveUp(error);
    }
  }

  get #hasOnlyToWait(): boolean {
    return this.#busy === 0 && this.#pending.size > 0;
  }

  #parkSoon(): void {
    // What goes on in this turn of the event loop may have more to do.
    if (this.#hasOnlyToWait) setImmediate(() => void this.#park());
  }

  async #park(): Promise<void> {
    if (this.#isParking || !this.#hasOnlyToWait) return;
    this.#isParking = true;
    try {
      await this.#outbox.flush();
      if (!this.#hasOnlyToWait) return;
      const names = [...this.#pending.keys()];
      if (await this.#services.store.park(this.#attempt, names)) {
        // The code that waits is not told, and never goes on: it is run again from its start.
        this.close();
        this.#controller.abort();
        this.#giveUp(new ParkedError());
      } else await this.#look();
    } catch (error) {
      this.#giveUp(error);
    } finally {
      this.#isParking = false;
      this.#parkSoon();
    }
  }

  #duration(ms: number): number {
    if (Number.isFinite(ms) && ms >= 0 && ms <= longestMs) return Math.ceil(ms);
    throw new DefinitionInvalidError(`The definition "${this.#kind}" waits for ${ms} ms; it must be from 0 to ${longestMs}.`);
  }

  #date(date: Date): Date {
    if (date.getTime() >= 0 && date.getTime() < 32_503_680_000_000) return date;
    throw new DefinitionInvalidError(`The definition "${this.#kind}" waits until a date that is none, or past the year 3000.`);
  }
}

/** What an operation waits for, and has waited for. */
export async function readWaits(
  database: Database,
  { sessionId, number }: OperationRef,
): Promise<(RecordedWait & { name: string })[]> {
  const rows = await database.query<{ name: string; reason: 'PERSON' | 'TIME'; endedAt: string | null; answer: string | null }>(
    Prisma.sql`SELECT "name", "reason", "endedAt", "answer" FROM "Wait" WHERE "sessionId" = ${sessionId} AND "operation" = ${number}`,
  );
  return rows.map(({ name, reason, endedAt, answer }) => ({
    name,
    reason,
    outcome: endedAt === null ? undefined : { answer: answer === null ? null : (JSON.parse(answer) as { value: Json }) },
  }));
}
