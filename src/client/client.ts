import { openAddress, type Location } from './address.ts';
import { openApi, type Api } from './api.ts';
import { openConnection } from './connection.ts';
import { LionClientError, refusal, unreachable, type ErrorAnswer } from './errors.ts';
import { followOperationDocument, followSessionDocument } from './documents.ts';
import { follow, type FollowOptions } from './follow.ts';
import type { Event } from './schema-types.ts';

export interface ClientOptions {
  /** Where the Lion is: `http://127.0.0.1:8000`, or what finds that out; asked again after each lost connection. */
  url: Location;
  /** An API key. */
  key: string;
  /** The class of WebSockets, where there is no global one: on Node before 22, `WebSocket` of `ws`. @default the global one */
  webSocketImpl?: unknown;
}

/** Speaks with a Lion. It can run in a browser. */
export interface Client extends Api {
  /**
   * Asks over HTTP.
   *
   * @returns `data` of the answer
   * @throws LionClientError when nobody answers, or the answer holds an error
   */
  query<T>(document: string, variables?: Record<string, unknown>, options?: { signal?: AbortSignal }): Promise<T>;
  /**
   * The events of an operation and its descendants from a cursor on, each once and in order: it goes on by itself after lost
   * connections and restarts of the server, for as long as the signal lets it. Ends after the terminal event of the operation.
   *
   * @throws LionClientError when the server refuses
   */
  followOperation(operationId: string, options?: FollowOptions): AsyncGenerator<Event, void>;
  /** The events of a session, likewise. Ends when the session is deleted. */
  followSession(sessionId: string, options?: FollowOptions): AsyncGenerator<Event, void>;
  /** Ends the connection; what is still followed then throws. */
  close(): Promise<void>;
}

/** @throws LionClientError for an URL that is none */
export function createClient({ url, key, webSocketImpl }: ClientOptions): Client {
  const address = openAddress(url);
  const connection = openConnection(address, key, webSocketImpl);
  async function query<T>(
    document: string,
    variables: Record<string, unknown> = {},
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<T> {
    const endpoint = await address.current();
    let response: Response;
    let body: string;
    try {
      response = await fetch(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': key },
        body: JSON.stringify({ query: document, variables }),
        signal: signal ?? null,
      });
      body = await response.text();
    } catch (error) {
      signal?.throwIfAborted();
      address.lost();
      throw unreachable(endpoint, error);
    }
    return dataOf<T>(body, response.status, endpoint);
  }

  return {
    ...openApi(query),
    query,
    followOperation: (id, options = {}) => follow(connection, followOperationDocument, id, options),
    followSession: (id, options = {}) => follow(connection, followSessionDocument, id, options),
    close: () => connection.close(),
  };
}

function dataOf<T>(body: string, status: number, endpoint: string): T {
  const answer = parse(body);
  if (answer?.errors && answer.errors.length > 0) throw refusal(answer.errors, status);
  if (answer?.data) return answer.data as T;
  throw new LionClientError('NOT_A_LION', `What answers at ${endpoint} is not a Lion (HTTP status ${status}).`, { status });
}

function parse(body: string): { data?: unknown; errors?: ErrorAnswer[] } | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
