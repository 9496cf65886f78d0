import type { Connection, SubscribeOptions } from './connection.ts';
import { refusal } from './errors.ts';
import { lastSeqOf } from './history-view.ts';
import type { Event, EventType } from './schema-types.ts';

export interface FollowOptions {
  /** The `seq` of the last event that was seen. @default 0, for all of them */
  after?: number | undefined;
  /** Only these types. @default all */
  types?: readonly EventType[] | undefined;
  /** Ends it: the iteration then throws the reason of the signal. */
  signal?: AbortSignal | undefined;
  /** Told of each lost connection, and each try to make it again that failed. */
  onDisconnect?: SubscribeOptions['onDisconnect'];
  /** Told when events flow again after `onDisconnect`. */
  onReconnect?: SubscribeOptions['onReconnect'];
}

/** The events that a document of this client follows. @throws LionClientError */
export async function* follow(
  connection: Connection,
  document: string,
  id: string,
  { after = 0, types, ...options }: FollowOptions,
): AsyncGenerator<Event, void> {
  const resume = { cursorVariable: 'after', seqOf: ({ events }: { events: Event }) => lastSeqOf(events) };
  const answers = connection.subscribe({ query: document, variables: { id, after, types: types ?? null }, resume }, options);
  for await (const { data, errors } of answers) {
    if (!data) throw refusal(errors ?? []);
    yield data.events;
  }
}
