import { WebSocket } from 'ws';
import type { GraphQLAnswer, TestLion } from '../support/lion.ts';
import { openSocket, type RawSocket } from '../support/sockets.ts';

/** An answer over HTTP, with what its headers say. */
export interface HttpAnswer extends GraphQLAnswer {
  status: number;
  headers: Headers;
}

export const whoAmI = '{ viewer { keyId } }';

/** Asks over HTTP. */
export async function ask(
  { url, key }: Pick<TestLion, 'url' | 'key'>,
  query = whoAmI,
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key !== '' && { 'x-api-key': key }), ...headers },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, headers: response.headers, ...((await response.json()) as GraphQLAnswer) };
}

/** A WebSocket that has said its key. @returns how it was closed, where it was not let in */
export async function connect(lion: Pick<TestLion, 'url' | 'key'>): Promise<RawSocket | { code: number; reason: string }> {
  const socket = await openSocket(lion);
  socket.send({ type: 'connection_init', payload: { 'X-API-Key': lion.key } });
  const acknowledged = socket.next().then(() => socket);
  return Promise.race([acknowledged, socket.closed]);
}

/** One that has to be let in. */
export async function connected(lion: Pick<TestLion, 'url' | 'key'>): Promise<RawSocket> {
  const socket = await connect(lion);
  if (!('raw' in socket)) throw new Error(`The connection was refused: ${socket.code} ${socket.reason}`);
  if (socket.raw.readyState !== WebSocket.OPEN) throw new Error('The connection is not open');
  return socket;
}

/** The first answer to what is asked for over a WebSocket. */
export async function askOver(socket: RawSocket, query: string, id = '1') {
  socket.send({ id, type: 'subscribe', payload: { query } });
  for (;;) {
    const message = await socket.next();
    if (message.id === id && message.type !== 'complete') return message;
  }
}

/** Another key of the same project. */
export const anotherKey = async ({ lion }: TestLion, role: 'viewer' | 'operator' | 'admin' = 'admin'): Promise<string> =>
  (await lion.keys.create(lion.defaultProjectId, { role, name: 'another' })).secret;
