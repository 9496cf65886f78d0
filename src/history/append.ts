import type { SessionId } from '../ids.ts';
import type { Draft } from './draft.ts';
import type { StoredEvent } from './event.ts';

/** One change to a session: what it needs to see, and what it makes of that. */
export interface Append<T> {
  sessionId: SessionId;
  /** Numbers of the operations that `decide` looks at. */
  operations?: readonly number[];
  /** Whether `decide` looks at their ancestors and at their descendants that have not ended, too. */
  withFamily?: boolean;
  /** Whether `decide` looks at what the operations wait for. */
  withWaits?: boolean;
  /** Whether `decide` looks at the title and the metadata of the session. */
  details?: boolean;
  /** The idempotency key that `decide` looks at. */
  usedKey?: { projectId: string; key: string };
  /**
   * Guards and changes. Pure and synchronous: it sees a state that nobody else can change until it is stored.
   * An error refuses this append alone; the others of its batch are not touched by it.
   */
  decide(draft: Draft): T;
}

/** What an append led to, once it is stored. */
export interface Appended<T> {
  answer: T;
  events: readonly StoredEvent[];
}
