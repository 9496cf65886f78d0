import { createClient as createSocket, type Client as Socket } from 'graphql-ws/client';
import type { Address } from './address.ts';
import { LionClientError, refusal, unreachable, type ErrorAnswer } from './errors.ts';

/** What a subscription answers with, again and again. */
export interface Answer<Data = unknown> {
  data?: Data | null;
  errors?: readonly ErrorAnswer[];
  extensions?: Record<string, unknown>;
}

/** A subscription as it is sent. */
export interface Subscription<Data> {
  query: string;
  variables: Record<string, unknown>;
  operationName?: string;
  extensions?: Record<string, unknown>;
  /** How it goes on after a lost connection; without it, that is an error. */
  resume?: {
    /** The variable that holds the `seq` of the last event that was seen. */
    cursorVariable: string;
    /** The `seq` of the event in an answer. */
    seqOf(data: Data): number | undefined;
  };
}

export interface SubscribeOptions {
  /** Ends it: the iteration then throws the reason of the signal. */
  signal?: AbortSignal | undefined;
  /** Told of each lost connection, and each try to make it again that failed. */
  onDisconnect?: ((why: LionClientError) => void) | undefined;
  /** Told when events flow again after `onDisconnect`. */
  onReconnect?: (() => void) | undefined;
}

/** One WebSocket, made again whenever it is lost, and open while there are subscriptions. */
export interface Connection {
  /**
   * Each event once and in order, over however many connections that takes. What the server refuses is the last answer.
   *
   * @throws LionClientError when the connection is refused or closed for good
   */
  subscribe<Data>(subscription: Subscription<Data>, options: SubscribeOptions): AsyncGenerator<Answer<Data>, void>;
  close(): Promise<void>;
}

const firstPauseMs = 100;
const longestPauseMs = 3_000;
/** A connection that is silent for this long is asked for a sign of life, and given up when none comes. */
const silenceMs = 10_000;
const patienceMs = 5_000;

/**
 * Closed for one of these reasons, a connection would be closed again: the request, the key or the protocol is not right. A 4429 that says
 * when to come back is none of them.
 */
const finalCloseCodes = new Set([4400, 4401, 4403, 4406, 4409, 4429]);

export function openConnection(address: Address, key: string, webSocketImpl: unknown): Connection {
  let url = '';
  let closed = false;
  let subscriptions = 0;
  /** Whether the connection is closed from this side, as nothing is subscribed to. */
  let isIdle = false;
  let waitingForPong: ReturnType<typeof setTimeout> | undefined;
  const connected = new Set<() => void>();
  const socket: Socket = createSocket({
    url: () => url.replace(/^http/, 'ws'),
    connectionParams: { 'X-API-Key': key },
    webSocketImpl,
    // Whether to try again, and when, is decided below, for each subscription with its cursor.
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
      connecting: () => (isIdle = false),
      connected: () => connected.forEach((tell) => tell()),
    },
  });

  async function* subscribe<Data>(
    { resume, ...payload }: Subscription<Data>,
    { signal, onDisconnect, onReconnect }: SubscribeOptions,
  ): AsyncGenerator<Answer<Data>, void> {
    let { variables } = payload;
    let cursor = resume ? variables[resume.cursorVariable] : undefined;
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
        if (closed) throw closedError();
        let ending: unknown;
        subscriptions++;
        try {
          url = await address.current();
          for await (const answer of answersOf<Data>(socket, { ...payload, variables }, signal, () => isIdle)) {
            // It is asked again when it may be, as with a connection that was lost.
            if (resume && answer.errors?.[0]?.extensions?.['code'] === 'RATE_LIMITED') throw refusal(answer.errors);
            failures = 0;
            tellConnected();
            const seq = resume && answer.data ? resume.seqOf(answer.data) : undefined;
            if (resume && seq !== undefined) {
              // What was seen is not handed out again, whatever comes over the wire.
              if (typeof cursor === 'number' && seq <= cursor) continue;
              cursor = seq;
              variables = { ...variables, [resume.cursorVariable]: seq };
            }
            yield answer;
          }
          if (!closed) return;
        } catch (thrown) {
          ending = thrown;
        } finally {
          subscriptions--;
          isIdle ||= subscriptions === 0;
        }
        signal?.throwIfAborted();
        if (closed) throw closedError();
        const error = explain(ending, url);
        if (!resume || (error.code !== 'UNREACHABLE' && error.retryAfterMs === undefined)) throw error;
        if (error.code === 'UNREACHABLE') address.lost();
        lost = true;
        onDisconnect?.(error);
        const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** failures++) * (0.75 + Math.random() / 2);
        await pause(Math.max(pauseMs, error.retryAfterMs ?? 0), signal);
      }
    } finally {
      connected.delete(tellConnected);
    }
  }

  return {
    subscribe,
    async close() {
      closed = true;
      clearTimeout(waitingForPong);
      await socket.dispose();
    },
  };
}

/** The answers to one subscription over one connection. Throws what ended it, but for its own completion and for a refusal, which is the last answer. */
async function* answersOf<Data>(
  socket: Socket,
  payload: { query: string; variables: Record<string, unknown> },
  signal: AbortSignal | undefined,
  isIdle: () => boolean,
): AsyncGenerator<Answer<Data>, void> {
  const waiting: Answer<Data>[] = [];
  let end: { error?: unknown } | undefined;
  let wake = (): void => {};
  const finish = (ending: { error?: unknown }): void => {
    end ??= ending;
    wake();
  };
  const unsubscribe = socket.subscribe<Data>(payload, {
    next(answer) {
      waiting.push(answer as Answer<Data>);
      wake();
    },
    error(error) {
      if (Array.isArray(error)) waiting.push({ errors: error as ErrorAnswer[] });
      finish(Array.isArray(error) ? {} : { error });
    },
    complete: () => finish({}),
  });
  // After a close that looks normal, graphql-ws would subscribe anew, at once and from the first cursor.
  const unlisten = socket.on('closed', (event) => {
    if ((event as { code?: unknown }).code !== 1000 || isIdle()) return;
    finish({ error: event });
    unsubscribe();
  });
  const abort = (): void => finish({ error: signal?.reason });
  signal?.addEventListener('abort', abort);
  try {
    for (;;) {
      for (let answer = waiting.shift(); answer; answer = waiting.shift()) {
        signal?.throwIfAborted();
        yield answer;
      }
      if (end && 'error' in end) throw end.error;
      if (end) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    unlisten();
    unsubscribe();
  }
}

const closedError = (): LionClientError => new LionClientError('CLOSED', 'The client was closed.');

/** A WebSocket ends with a close event, an error event, or an error. */
function explain(thrown: unknown, url: string): LionClientError {
  if (thrown instanceof LionClientError) return thrown;
  const { code, reason } = thrown as { code?: unknown; reason?: unknown };
  const retryAfterMs = code === 4429 && typeof reason === 'string' ? comeBack.exec(reason)?.[1] : undefined;
  if (retryAfterMs !== undefined)
    return new LionClientError('RATE_LIMITED', String(reason), { retryable: true, retryAfterMs: Number(retryAfterMs) });
  if (typeof code === 'number' && finalCloseCodes.has(code)) {
    const message = typeof reason === 'string' && reason !== '' ? reason : `The server closed the connection (${code}).`;
    return new LionClientError(code === 4401 || code === 4403 ? 'UNAUTHENTICATED' : 'BAD_INPUT', message);
  }
  return unreachable(url, (thrown as { error?: unknown }).error ?? thrown);
}

/** How the reason of a close begins that says when. */
const comeBack = /^Come back in (\d{1,9}) ms/;

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
