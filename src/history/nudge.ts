import { EventEmitter } from 'node:events';
import type { StoredEvent } from './event.ts';

/** New events of one session, in order, as they are stored. */
export type News = () => readonly StoredEvent[];

/**
 * Hints that something new can be read, by topic. A nudge may be lost or come twice: it costs latency, never an event.
 */
export interface Nudges {
  /** @param news what can be read now, for those who listen in the same process: they need not read it */
  nudge(topic: string, news?: News): void;
  /** @returns what stops listening */
  listen(topic: string, listener: (news?: News) => void): () => void;
}

/** The topic of operations that wait for an agent. */
export const queueTopic = 'queue';

/** Nudges within this process. */
export function inProcessNudges(): Nudges {
  const emitter = new EventEmitter().setMaxListeners(0);
  return {
    nudge: (topic, news) => void emitter.emit(topic, news),
    listen(topic, listener) {
      emitter.on(topic, listener);
      return () => void emitter.off(topic, listener);
    },
  };
}
