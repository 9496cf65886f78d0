import { createClient as createSocket, type Client as Socket } from 'graphql-ws/client';
import { LionClientError, refusal, unreachable, type ErrorAnswer } from './errors.ts';
import type { Event, EventType } from './events.ts';
import type { Address } from './address.ts';

export interface FollowOptions {
  /** The `seq` of the last event that was seen. @default 0, for all of them */
  after?: number;
  /** Only these types. @default all */
  types?: readonly EventType[];
  /** Ends it: the iteration then throws the reason of the signal. */
  signal?: AbortSignal;
  /** Told of each lost connection, and each try to make it again that failed. */
  onDisconnect?: (why: LionClientError) => void;
  /** Told when events flow again after `onDisconnect`. */
  onReconnect?: () => void;
}

export interface Follower {
  /** Each event once and in order, over however many connections that takes. */
  follow(document: string, id: string, options: FollowOptions): AsyncGenerator<Event, void>;
  close(): Promise<void>;
}

const firstPauseMs = 100;
const longestPauseMs = 3_000;
/** A connection that is silent for this long is asked for a sign of life, and given up when none comes. */
const silenceMs = 10_000;
const patienceMs = 5_000;

/** Closed for one of these reasons, a connection would be closed again: the request, the key or the protocol is not right. */
const finalCloseCodes = new Set([4400, 4401, 4403, 4406, 4409, 4429]);

/** Follows histories over one WebSocket, which is open while anything is followed. */
export function openFollower(address: Address, key: string, webSocketImpl: unknown): Follower {
  let url = '';
  let closed = false;
  let waitingForPong: ReturnType<typeof setTimeout> | undefined;
  const connected = new Set<() => void>();
  const socket: Socket = createSocket({
    url: () => url.replace(/^http/, 'ws'),
    connectionParams: { 'X-API-Key': key },
    webSocketImpl,
    // A new connection goes on from the cursor, which only `follow` knows.
    retryAttempts: 0,
    connectionAckWaitTimeout: silenceMs,
    keepAlive: silenceMs,
    on: {
      ping: (received) => {
        if (!received) waitingForPong = setTimeout(() => socket.terminate(), patienceMs);
      },
      pong: (received) => {
        if (received) clearTimeout(waitingForPong);
      },
      closed: () => clearTimeout(waitingForPong),
      connected: () => connected.forEach((tell) => tell()),
    },
  });

  async function* follow(document: string, id: string, options: FollowOptions): AsyncGenerator<Event, void> {
    const { after = 0, types = null, signal, onDisconnect, onReconnect } = options;
    let cursor = after;
    let failures = 0;
    let lost = false;
    const tellConnected = (): void => {
      if (lost) onReconnect?.();
      lost = false;
    };
    connected.add(tellConnected);
    try {
      for (;;) {
        signal?.throwIfAborted();
        try {
          url = await address.current();
          const payload = { query: document, variables: { id, after: cursor, types } };
          for await (const event of subscribed(socket, payload, signal)) {
            failures = 0;
            tellConnected();
            // What was seen is not handed out again, whatever comes over the wire.
            if (event.seq <= cursor) continue;
            cursor = event.seq;
            yield event;
          }
          if (closed) throw new LionClientError('CLOSED', 'The client was closed.');
          return;
        } catch (thrown) {
          signal?.throwIfAborted();
          const error = explain(thrown, url);
          if (closed || error.code !== 'UNREACHABLE') throw error;
          address.lost();
          lost = true;
          onDisconnect?.(error);
        }
        await pause(Math.min(longestPauseMs, firstPauseMs * 2 ** failures++) * (0.75 + Math.random() / 2), signal);
      }
    } finally {
      connected.delete(tellConnected);
    }
  }

  return {
    follow,
    async close() {
      closed = true;
      clearTimeout(waitingForPong);
      await socket.dispose();
    },
  };
}

interface Answer {
  data?: { events: Event } | null;
  errors?: readonly ErrorAnswer[];
}

/** The events of one subscription. Throws what ended it, but for its own completion. */
async function* subscribed(
  socket: Socket,
  payload: { query: string; variables: Record<string, unknown> },
  signal: AbortSignal | undefined,
): AsyncGenerator<Event, void> {
  const waiting: Answer[] = [];
  let end: { error?: unknown } | undefined;
  let wake = (): void => {};
  const finish = (ending: { error?: unknown }): void => {
    end ??= ending;
    wake();
  };
  const unsubscribe = socket.subscribe<{ events: Event }>(payload, {
    next(answer) {
      waiting.push(answer as Answer);
      wake();
    },
    error: (error) => finish({ error }),
    complete: () => finish({}),
  });
  const abort = (): void => finish({ error: signal?.reason });
  signal?.addEventListener('abort', abort);
  try {
    for (;;) {
      for (let answer = waiting.shift(); answer; answer = waiting.shift()) {
        signal?.throwIfAborted();
        if (!answer.data) throw refusal(answer.errors ?? []);
        yield answer.data.events;
      }
      if (end && 'error' in end) throw end.error;
      if (end) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    unsubscribe();
  }
}

/** A WebSocket ends with GraphQL errors, a close event, an error event, or an error. */
function explain(thrown: unknown, url: string): LionClientError {
  if (thrown instanceof LionClientError) return thrown;
  if (Array.isArray(thrown)) return refusal(thrown as ErrorAnswer[]);
  const { code, reason } = thrown as { code?: unknown; reason?: unknown };
  if (typeof code === 'number' && finalCloseCodes.has(code)) {
    const message = typeof reason === 'string' && reason !== '' ? reason : `The server closed the connection (${code}).`;
    return new LionClientError(code === 4401 || code === 4403 ? 'UNAUTHENTICATED' : 'BAD_INPUT', message);
  }
  return unreachable(url, (thrown as { error?: unknown }).error ?? thrown);
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
