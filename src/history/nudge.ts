import { EventEmitter } from 'node:events';

/**
 * Hints that something new can be read, by topic. A nudge carries no data, and may be lost or come twice: it costs
 * latency, never an event.
 */
export interface Nudges {
  nudge(topic: string): void;
  /** @returns what stops listening */
  listen(topic: string, listener: () => void): () => void;
}

/** The topic of operations that wait for an agent. */
export const queueTopic = 'queue';

/** Nudges within this process. */
export function inProcessNudges(): Nudges {
  const emitter = new EventEmitter().setMaxListeners(0);
  return {
    nudge: (topic) => void emitter.emit(topic),
    listen(topic, listener) {
      emitter.on(topic, listener);
      return () => void emitter.off(topic, listener);
    },
  };
}
