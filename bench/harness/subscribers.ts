import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { now } from './clock.ts';
import type { Server } from './servers.ts';
import type { BurstEvent } from './work.ts';

const document = `subscription($sessionId: ID!, $after: Int!, $types: [EventType!]) {
  sessionEvents(sessionId: $sessionId, after: $after, types: $types) { seq type at ... on DataEmitted { name data } }
}`;

/** What a client of graphql-transport-ws sends to follow a session. */
export const subscribeMessage = (id: string, sessionId: string, after: number, types?: readonly string[]): string =>
  JSON.stringify({
    id,
    type: 'subscribe',
    payload: { query: document, variables: { sessionId, after, ...(types && { types }) } },
  });

/** Bare sockets: a whole client library for each of thousands of subscribers would be what is measured. */
export async function openSocket({ url, key }: Server): Promise<WebSocket> {
  const options = { perMessageDeflate: false, skipUTF8Validation: true };
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', options);
  await once(socket, 'open');
  const acknowledged = once(socket, 'message');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { 'X-API-Key': key } }));
  await acknowledged;
  return socket;
}

/** Told of each event: by which subscriber, and when. Kept minimal by whoever gives it, as it runs in the process of all subscribers. */
export type OnEvent = (subscriber: number, message: Buffer, receivedAt: number) => void;

export interface Subscribers extends Disposable {
  /** What is called from now on. */
  onEvent: OnEvent;
}

/** How many sockets are opened at a time: fewer than the kernel lets wait for a server. */
const openedAtATime = 64;
const patienceMs = 60_000;

/** Opens a socket with one subscription for each of the sessions (which may repeat). Resolves when all are live. */
export async function openSubscribers(server: Server, sessionIds: readonly string[]): Promise<Subscribers> {
  const sockets: WebSocket[] = [];
  const subscribers: Subscribers = {
    onEvent: () => {},
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.terminate();
    },
  };
  const live = new Set<number>();
  const followersBefore = server.part === 'stock' ? await server.followers() : 0;
  const open = async (subscriber: number): Promise<void> => {
    const socket = await openSocket(server);
    sockets.push(socket);
    socket.on('message', (message: Buffer) => {
      if (live.has(subscriber) || server.part === 'stock') subscribers.onEvent(subscriber, message, now());
      else live.add(subscriber);
    });
    // Lion's history begins with SessionCreated, by which a subscription shows that it is live; stock parts follow what happens only.
    socket.send(subscribeMessage('1', sessionIds[subscriber]!, server.part === 'stock' ? -1 : 0));
  };
  for (let first = 0; first < sessionIds.length; first += openedAtATime) {
    const some = sessionIds.slice(first, first + openedAtATime);
    await Promise.all(some.map((_, index) => open(first + index)));
  }
  const liveCount = async (): Promise<number> =>
    server.part === 'stock' ? (await server.followers()) - followersBefore : live.size;
  const deadline = now() + patienceMs;
  while ((await liveCount()) < sessionIds.length) {
    if (now() > deadline) throw new Error(`Only ${await liveCount()} of ${sessionIds.length} subscriptions began`);
    await delay(20);
  }
  return subscribers;
}

/** What marks the end of an operation in a message. */
export const endMark = Buffer.from('OperationSucceeded');

/** The event in a message. */
export function eventIn(message: Buffer): BurstEvent {
  const { payload } = JSON.parse(message.toString()) as { payload: { data: { sessionEvents: BurstEvent } } };
  return payload.data.sessionEvents;
}

/** Waits until `reached`, looking now and then. @returns whether it was, within the time */
export async function until(reached: () => boolean, withinMs: number): Promise<boolean> {
  const deadline = now() + withinMs;
  while (!reached()) {
    if (now() > deadline) return false;
    await delay(10);
  }
  return true;
}
