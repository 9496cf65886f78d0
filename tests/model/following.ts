import { LionClientError, type Client, type Event } from '../../src/client/index.ts';
import { Broken, claim, lastSeqOf, remembered, type SessionModel, type Shown } from './model.ts';
import { shown } from './reader.ts';
import type { Telling } from './telling.ts';

/** Somebody who follows a session or an operation live, over all crashes. */
export class Following {
  readonly session: SessionModel;
  readonly #number: number | undefined;
  readonly #after: number;
  readonly #events: Shown[] = [];
  readonly #stop = new AbortController();
  readonly #over: Promise<void>;
  #end: 'completed' | LionClientError | undefined;
  #failure: unknown;
  #told = (): void => {};

  /** @param number the operation that is followed with its descendants; undefined for all of the session */
  constructor(client: Client, session: SessionModel, id: string, number: number | undefined, after: number) {
    this.session = session;
    this.#number = number;
    this.#after = after;
    const { signal } = this.#stop;
    const events =
      number === undefined ? client.followSession(id, { after, signal }) : client.followOperation(id, { after, signal });
    this.#over = this.#follow(events);
  }

  async #follow(events: AsyncGenerator<Event, void>): Promise<void> {
    try {
      for await (const event of events) {
        this.#events.push(shown(event));
        this.#told();
      }
      this.#end = 'completed';
    } catch (error) {
      if (error instanceof LionClientError) this.#end = error;
      else if (!this.#stop.signal.aborted) this.#failure = error;
    } finally {
      this.#told();
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Waits until it has been told of all there is, and compares that with what others were shown. */
  async finish(telling: Telling | undefined): Promise<void> {
    const { session } = this;
    if (session.isDeleted === true) {
      await this.#until(() => this.#end !== undefined, 'it ends with its session');
      const isGone = this.#end === 'completed' || (this.#end as LionClientError).code.endsWith('NOT_FOUND');
      claim(isGone, `${session.id}: following it ends with ${this.#end}, and it was deleted`);
      return this.#compare();
    }
    if (this.#number === undefined) {
      await this.#until(() => this.#cursor >= session.lastSeq, `it comes to ${session.lastSeq}`);
      claim(this.#end === undefined, `${session.id}: following it ended: ${this.#end}`);
      this.#compare();
    } else {
      await this.#until(() => this.#end !== undefined, `it ends with operation ${this.#number}`);
      claim(this.#end === 'completed', `${session.id}: following ${this.#number} ended: ${this.#end}`);
      this.#compare(telling);
    }
    this.stop();
    await this.#over;
  }

  get #cursor(): number {
    const last = this.#events.at(-1);
    return last ? lastSeqOf(last) : this.#after;
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    const late = new Promise<'late'>((resolve) => setTimeout(resolve, 8000, 'late').unref());
    while (!holds()) {
      const woken = await Promise.race([late, new Promise<'told'>((resolve) => (this.#told = () => resolve('told')))]);
      if (woken === 'late' || this.#failure !== undefined)
        throw new Broken(
          `${this.session.id}, followed from ${this.#after}: it does not come about that ${what}; it is at ${this.#cursor}`,
          {
            cause: this.#failure,
          },
        );
    }
  }

  #compare(telling?: Telling): void {
    let cursor = this.#after;
    const where = `${this.session.id}, followed ${this.#number === undefined ? '' : `by its operation ${this.#number} `}from ${this.#after}`;
    for (const event of this.#events) {
      const isNext = this.#number === undefined ? event.seq === cursor + 1 : event.seq > cursor;
      claim(isNext, `${where}: after ${cursor} comes ${event.seq}`);
      cursor = lastSeqOf(event);
      const known = event.type === 'EventsPruned' ? undefined : remembered(this.session, event.seq);
      if (known) claim(agrees(event, known), `${where}: ${JSON.stringify(event)} is not ${JSON.stringify(known)}`);
    }
    if (!telling || this.#number === undefined) return;
    const seen = new Set(this.#events.map(({ seq }) => seq));
    const members = membersOf(telling, this.#number);
    for (let seq = this.#after + 1; seq <= this.session.lastSeq; seq++) {
      const event = remembered(this.session, seq);
      const isOfIt = event !== undefined && event.operation !== null && members.has(event.operation);
      // What was pruned before it came to it, it was not shown.
      if (isOfIt && event.type !== 'TextDelta') claim(seen.has(seq), `${where}: ${seq} (${event.type}) is missing`);
      if (seen.has(seq) && event) claim(isOfIt, `${where}: ${seq} is of operation ${event.operation}`);
    }
  }
}

/** Whether what a client was told of an event is what is known of it: it may not have asked for all of it. */
const agrees = (event: Shown, known: Shown): boolean =>
  Object.entries(event).every(([field, value]) => {
    const expected = known[field] as unknown;
    if (field !== 'output') return JSON.stringify(value) === JSON.stringify(expected);
    return (value as { __typename: string }).__typename === (expected as { __typename: string }).__typename;
  });

function membersOf(telling: Telling, number: number): Set<number> {
  return new Set([number, ...telling.childrenOf(number).flatMap((child) => [...membersOf(telling, child.number)])]);
}
