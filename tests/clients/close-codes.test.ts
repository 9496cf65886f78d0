import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createClient } from '../../src/client/index.ts';
import { apollo, follower, urql, type Result } from './followers.ts';

interface Message {
  type: string;
  id?: string;
  payload?: { variables: { after: number } };
}

/** Speaks the protocol, and closes each connection with this code after one new event, the one before it said again; the third is the last. */
async function openClosingServer(code: number): Promise<AsyncDisposable & { url: string; cursors: number[] }> {
  const cursors: number[] = [];
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'graphql-transport-ws' });
  server.on('connection', (socket) =>
    socket.on('message', (data: Buffer) => {
      const { type, id, payload } = JSON.parse(data.toString()) as Message;
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
      if (type !== 'subscribe') return;
      const { after } = payload!.variables;
      cursors.push(after);
      const send = (seq: number): void => {
        const event = { __typename: 'TextDelta', seq, type: 'TextDelta', operation: null };
        socket.send(JSON.stringify({ type: 'next', id, payload: { data: { events: event, operationEvents: event } } }));
      };
      if (after > 0) send(after);
      if (after < 3) send(after + 1);
      if (after < 2) socket.close(code, 'as the test has it');
      else socket.send(JSON.stringify({ type: 'complete', id }));
    }),
  );
  await new Promise<void>((listening) => server.on('listening', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cursors,
    async [Symbol.asyncDispose]() {
      for (const socket of server.clients) socket.terminate();
      await new Promise((closed) => server.close(closed));
    },
  };
}

const typed = follower('lion/client', ({ url, key, onDisconnect }) => () => {
  const follow = async (): Promise<Result[]> => {
    const client = createClient({ url, key, webSocketImpl: WebSocket });
    const results: Result[] = [];
    try {
      for await (const event of client.followOperation('op_1', { onDisconnect }))
        results.push({ data: { operationEvents: event } });
    } catch (error) {
      results.push({ error: error as Error });
    }
    return results;
  };
  return { done: follow(), stop: () => {} };
});

const document = /* GraphQL */ `
  subscription Events($after: Int! = 0) {
    operationEvents(operationId: "op_1", after: $after) {
      seq
    }
  }
`;

describe.each([typed, apollo, urql])('$name', ({ follow }) => {
  test.each([1000, 1001, 1011, 1012, 1013, 4408, 4500])('goes on from its cursor after a close with %i', async (code) => {
    await using server = await openClosingServer(code);
    let lost = 0;
    const options = { url: server.url, key: 'x', onDisconnect: () => void lost++ };
    const results = await follow(options, document, {}).done;
    expect(lost).toBe(2);
    expect(results.map(({ data, error }) => error ?? data.operationEvents.seq)).toEqual([1, 2, 3]);
    expect(server.cursors).toEqual([0, 1, 2]);
  });

  test.each([4400, 4401, 4403, 4406, 4409, 4429])('ends with an error after a close with %i', async (code) => {
    await using server = await openClosingServer(code);
    const results = await follow({ url: server.url, key: 'x' }, document, {}).done;
    expect(results.at(-1)!.error?.message).toMatch(/as the test has it/);
    expect(server.cursors).toEqual([0]);
  });
});
