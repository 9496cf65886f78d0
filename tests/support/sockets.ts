import { once } from 'node:events';
import { connect } from 'node:net';
import WebSocket from 'ws';
import type { GraphQLAnswer, TestLion } from './lion.ts';

export const webSocketUrl = ({ url }: Pick<TestLion, 'url'>): string => `${url.replace('http', 'ws')}/graphql`;
export const protocol = 'graphql-transport-ws';

/** A WebSocket that says whatever a test wants it to say. */
export interface RawSocket {
  /** Text as it is, bytes as a binary frame, anything else as JSON. */
  send(message: unknown, options?: { binary?: boolean }): void;
  /** The next message. */
  next(): Promise<{ type: string; id?: string; payload?: unknown }>;
  closed: Promise<{ code: number; reason: string }>;
  terminate(): void;
  /** What it is made of. */
  raw: WebSocket;
}

/** Opens a WebSocket that is not looked after by a client of the protocol. */
export async function openSocket(
  lion: Pick<TestLion, 'url'>,
  protocols: string | string[] | undefined = protocol,
  headers: Record<string, string> = {},
): Promise<RawSocket> {
  const socket = new WebSocket(webSocketUrl(lion), protocols, { headers });
  const messages: string[] = [];
  let arrived = (): void => {};
  socket.on('message', (data: Buffer) => {
    messages.push(data.toString());
    arrived();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await once(socket, 'open');
  socket.on('error', () => {});
  return {
    send: (message, options = {}) =>
      socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message), options),
    async next() {
      while (messages.length === 0) await new Promise<void>((resolve) => (arrived = resolve));
      return JSON.parse(messages.shift()!) as { type: string };
    },
    closed,
    terminate: () => socket.terminate(),
    raw: socket,
  };
}

/** Sends bytes as they are. @returns what came back until the server closed the connection */
export async function sendRaw({ url }: Pick<TestLion, 'url'>, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname, () => socket.write(text));
  let answer = '';
  socket.on('data', (data) => (answer += data.toString()));
  socket.on('error', () => {});
  await once(socket, 'close');
  return answer;
}

/** What comes over server-sent events, one answer at a time; `return` hangs up. */
export async function* followSse(
  { url }: Pick<TestLion, 'url'>,
  query: string,
  headers: Record<string, string>,
): AsyncGenerator<GraphQLAnswer, void> {
  const hangUp = new AbortController();
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify({ query }),
    signal: hangUp.signal,
  });
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of response.body!) {
      text += decoder.decode(chunk, { stream: true });
      const messages = text.split('\n\n');
      text = messages.pop()!;
      for (const message of messages) {
        if (message.startsWith('event: complete')) return;
        const data = /^data: (.+)$/m.exec(message)?.[1];
        if (data !== undefined) yield JSON.parse(data) as GraphQLAnswer;
      }
    }
  } finally {
    hangUp.abort();
  }
}
