import { once } from 'node:events';
import { connect } from 'node:net';
import { CloseCode } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { dataOf, until } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer } from '../support/server-process.ts';
import { openSocket, protocol, webSocketUrl, type RawSocket } from '../support/sockets.ts';

const heartbeatMs = 50;
const stallMs = 400;

let lion: TestLion;
let sessionId: string;
const log: { level: number; msg: string; [field: string]: unknown }[] = [];

beforeAll(async () => {
  lion = await openTestLion({
    config: { stallMs },
    http: { initTimeoutMs: 200, heartbeatMs },
    onLog: (line) => log.push(line),
  });
  const created = dataOf(await lion.query('mutation { createSession(input: {}) { ... on Session { id } } }'));
  sessionId = created.createSession.id;
});
afterAll(() => lion[Symbol.asyncDispose]());

const init = (payload?: unknown) => ({ type: 'connection_init', ...(payload !== undefined && { payload }) });
const subscribe = (id: unknown, query = `subscription { sessionEvents(sessionId: "${sessionId}") { seq } }`) => ({
  id,
  type: 'subscribe',
  payload: { query },
});

async function acknowledged(): Promise<RawSocket> {
  const socket = await openSocket(lion);
  socket.send(init({ 'X-API-Key': lion.key }));
  expect(await socket.next()).toEqual({ type: 'connection_ack' });
  return socket;
}

/** A connection that follows the session, and has seen its first event. */
async function following(): Promise<RawSocket> {
  const socket = await acknowledged();
  socket.send(subscribe('s'));
  expect(await socket.next()).toEqual({ id: 's', type: 'next', payload: { data: { sessionEvents: { seq: 1 } } } });
  expect(lion.lion.feed.followedSessions).toBe(1);
  return socket;
}
const expectNobodyFollows = () => until('nobody follows', () => lion.lion.feed.followedSessions === 0);

/** Shakes hands over a bare socket, as a client that goes on whatever comes. @returns what the server sends until it closes */
async function afterHandshake(subprotocol: string): Promise<Buffer> {
  const { hostname, port } = new URL(lion.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `GET /graphql HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${subprotocol}\r\n\r\n`,
  );
  let received = Buffer.alloc(0);
  socket.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data]);
    const frame = received.subarray(received.indexOf('\r\n\r\n') + 4);
    // A close, taken note of: the same one, masked with zeros.
    if (frame.length > 3) socket.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, frame[2]!, frame[3]!]));
  });
  await once(socket, 'close');
  return received.subarray(received.indexOf('\r\n\r\n') + 4);
}

interface Situation {
  code: number;
  /** Says what makes the server close the connection. */
  provoke(): Promise<RawSocket> | RawSocket;
}
const closing = (code: number, ...messages: unknown[]): Situation => ({
  code,
  async provoke() {
    const socket = await openSocket(lion);
    for (const message of messages) socket.send(message);
    return socket;
  },
});
const closingLater = (code: number, ...messages: unknown[]): Situation => ({
  code,
  async provoke() {
    const socket = await acknowledged();
    for (const message of messages) socket.send(message);
    return socket;
  },
});

const query = '{ __typename }';
const json = (message: unknown): Buffer => Buffer.from(JSON.stringify(message));

const situations: Record<string, Situation> = {
  'text that is no JSON': closing(4400, 'garbage'),
  'JSON that is no message': closing(4400, '"connection_init"'),
  'a message without a type': closing(4400, { payload: {} }),
  'a type that is none': closing(4400, { type: 'hello' }),
  'a type of the former protocol': closing(4400, { type: 'start', id: '1', payload: { query } }),
  'what only a server says': closingLater(4400, { type: 'connection_ack', payload: 3 }),
  'subscribe without an id': closingLater(4400, { type: 'subscribe', payload: { query } }),
  'subscribe with an empty id': closingLater(4400, subscribe('')),
  'complete without an id': closingLater(4400, { type: 'complete' }),
  'subscribe without a payload': closingLater(4400, { type: 'subscribe', id: '1' }),
  'subscribe without a query': closingLater(4400, { type: 'subscribe', id: '1', payload: {} }),
  'a ping with a payload that is text': closingLater(4400, { type: 'ping', payload: 'x' }),
  'a binary frame, though what it has is a message': closing(4400, json(init())),
  'a binary frame, later': closingLater(4400, json(subscribe('1'))),
  'subscribe before connection_init': closing(4401, subscribe('1')),
  'subscribe before connection_ack': { code: 4401, provoke: async () => closeBeforeAck() },
  'connection_init without a key': closing(4403, init()),
  'connection_init with an unknown key': closing(4403, init({ 'X-API-Key': 'lion_wrong' })),
  'no connection_init': closing(4408),
  'no connection_init, but pings': closing(4408, { type: 'ping' }),
  'the id of a subscription that is active': closingLater(4409, subscribe('1'), subscribe('1')),
  'connection_init once more': closingLater(4429, init()),
  'connection_init once more, at once': closing(4429, init({}), init({})),
  'a message that is too large': closing(1009, 'a'.repeat(5_000_000)),
  'text that is no UTF-8': { code: 1007, provoke: () => sendInvalidText() },
};

async function closeBeforeAck(): Promise<RawSocket> {
  const socket = await openSocket(lion);
  socket.send(init({ 'X-API-Key': lion.key }));
  socket.send(subscribe('1'));
  return socket;
}

async function sendInvalidText(): Promise<RawSocket> {
  const socket = await openSocket(lion);
  socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
  return socket;
}

describe('each situation has its close code', () => {
  test.each(Object.entries(situations))('%s', async (_what, { code, provoke }) => {
    const socket = await provoke();
    const closed = await socket.closed;
    expect(closed.code).toBe(code);
    await expectNobodyFollows();
  });

  test('another subprotocol, or none: 4406', async () => {
    for (const subprotocol of ['graphql-ws', 'mqtt, soap']) {
      const frame = await afterHandshake(subprotocol);
      expect([frame[0], frame.readUInt16BE(2)]).toEqual([0x88, 4406]);
    }
    const socket = await openSocket(lion, []);
    expect(await socket.closed).toEqual({ code: 4406, reason: 'Subprotocol not acceptable' });
  });

  test('a fault inside Lion: 4500, which names where the log has it and nothing else', async () => {
    const { admission } = lion.lion;
    const { admit } = admission;
    // What cannot even be looked at is nothing that anyone foresees.
    const riddle = new Proxy(new Error('secret'), {
      getPrototypeOf() {
        throw new Error('a secret of the inside');
      },
    });
    admission.admit = () => Promise.reject(riddle);
    try {
      const socket = await openSocket(lion);
      socket.send(init({ 'X-API-Key': lion.key }));
      const { code, reason } = await socket.closed;
      expect(code).toBe(4500);
      expect(reason).not.toContain('secret');
      const [faultId] = /fault_\w+/.exec(reason) ?? [];
      expect(log).toContainEqual(
        expect.objectContaining({ faultId, err: expect.objectContaining({ message: 'a secret of the inside' }) }),
      );
    } finally {
      admission.admit = admit;
    }
  });

  test('a fault that may be over soon: 1013, so that clients come back', async () => {
    const { keys } = lion.lion;
    const { authenticate } = keys;
    keys.authenticate = () => Promise.reject(new Error('the disk is away for a moment'));
    try {
      const socket = await openSocket(lion);
      socket.send(init({ 'X-API-Key': lion.key }));
      expect(await socket.closed).toMatchObject({ code: 1013, reason: expect.not.stringContaining('disk') });
    } finally {
      keys.authenticate = authenticate;
    }
  });

  test('a reader that takes nothing: 1013', async () => {
    // Nothing is read: not even the close, which comes behind what is pending.
    const reader = new WebSocket(webSocketUrl(lion), protocol, { autoPong: false });
    await once(reader, 'open');
    reader.send(JSON.stringify(init({ 'X-API-Key': lion.key })));
    await once(reader, 'message');
    reader.pause();
    // A query a message, until what they answer is more than the network holds.
    const big = `{ __schema { types { name description fields { name description args { name description } } } } }`;
    for (let number = 0; number < 200; number++) reader.send(JSON.stringify(subscribe(`q${number}`, big)));
    await until('it is taken for stalled', () => log.some(({ msg }) => msg.includes('took nothing of what was pending')));
    reader.resume();
    const [code, reason] = (await once(reader, 'close')) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([1013, expect.stringContaining('resume with your cursor')]);
  });

  test('a client that closes: 1000, and what it followed is forgotten', async () => {
    const client = new WebSocket(webSocketUrl(lion), protocol);
    await once(client, 'open');
    client.send(JSON.stringify(init({ 'X-API-Key': lion.key })));
    client.send(JSON.stringify({ type: 'ping' }));
    await once(client, 'message');
    client.close(1000, 'Normal Closure');
    const [code] = (await once(client, 'close')) as [number];
    expect(code).toBe(1000);
    await expectNobodyFollows();
  });

  test('every code that the protocol knows is provoked above, but for those that only clients use', () => {
    const ofClients: number[] = [
      CloseCode.BadResponse,
      CloseCode.InternalClientError,
      CloseCode.ConnectionAcknowledgementTimeout,
    ];
    const ofServers = Object.values(CloseCode).filter(
      (code): code is CloseCode => typeof code === 'number' && !ofClients.includes(code),
    );
    const provoked = new Set([4406, 4500, ...Object.values(situations).map(({ code }) => code)]);
    expect(ofServers.filter((code) => !provoked.has(code))).toEqual([]);
  });
});

describe('signs of life', () => {
  test('a ping of the client is answered with what it brings, before connection_init, too', async () => {
    const socket = await openSocket(lion);
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
    socket.send({ type: 'ping', payload: { number: 7 } });
    expect(await socket.next()).toEqual({ type: 'pong', payload: { number: 7 } });
    socket.terminate();
  });

  test('a pong that nobody asked for is no fault', async () => {
    const socket = await acknowledged();
    socket.send({ type: 'pong', payload: { unasked: true } });
    socket.send(subscribe('after', query));
    expect(await socket.next()).toMatchObject({ id: 'after', payload: { data: { __typename: 'Query' } } });
    socket.terminate();
  });

  test('the server pings, again and again, and who answers stays', async () => {
    const socket = await following();
    const { raw } = socket;
    const since = performance.now();
    for (let ping = 0; ping < 12; ping++) await once(raw, 'ping');
    const took = performance.now() - since;
    expect(took).toBeGreaterThan(stallMs);
    expect(raw.readyState).toBe(WebSocket.OPEN);
    socket.send(subscribe('still', query));
    expect(await socket.next()).toMatchObject({ id: 'still', type: 'next' });
    socket.terminate();
    await expectNobodyFollows();
  });

  test('who answers no ping is taken for dead, and what it followed is forgotten', async () => {
    const dead = new WebSocket(webSocketUrl(lion), protocol, { autoPong: false });
    await once(dead, 'open');
    const since = performance.now();
    dead.send(JSON.stringify(init({ 'X-API-Key': lion.key })));
    await once(dead, 'message');
    dead.send(JSON.stringify(subscribe('s')));
    await once(dead, 'message');
    expect(lion.lion.feed.followedSessions).toBe(1);
    const [code] = (await once(dead, 'close')) as [number];
    expect(code).toBe(1006);
    expect(performance.now() - since).toBeGreaterThan(stallMs);
    await expectNobodyFollows();
  });
});

describe('what a client does to one subscription', () => {
  test('complete ends it at once, without an answer; the connection goes on', async () => {
    const socket = await following();
    socket.send({ id: 's', type: 'complete' });
    await expectNobodyFollows();
    socket.send(subscribe('next', query));
    expect(await socket.next()).toMatchObject({ id: 'next', type: 'next' });
    expect(await socket.next()).toEqual({ id: 'next', type: 'complete' });
    // Its id is free again.
    socket.send(subscribe('s'));
    expect(await socket.next()).toMatchObject({ id: 's', payload: { data: { sessionEvents: { seq: 1 } } } });
    socket.terminate();
    await expectNobodyFollows();
  });

  test('complete ends it, however early it comes', async () => {
    const socket = await acknowledged();
    for (let number = 0; number < 20; number++) {
      socket.send(subscribe(`s${number}`));
      socket.send({ id: `s${number}`, type: 'complete' });
    }
    socket.send(subscribe('last', query));
    await until('the last one is answered', async () => (await socket.next()).id === 'last');
    await expectNobodyFollows();
    socket.terminate();
  });

  test('ids may be any text', async () => {
    const socket = await acknowledged();
    for (const id of ['__proto__', 'constructor', '\u0000', '🦁', 'x'.repeat(10_000)]) {
      socket.send(subscribe(id, query));
      expect(await socket.next()).toEqual({ id, type: 'next', payload: { data: { __typename: 'Query' } } });
      expect(await socket.next()).toEqual({ id, type: 'complete' });
    }
    socket.terminate();
  });

  test('a connection that is cut leaves nothing behind', async () => {
    const socket = await following();
    socket.raw.terminate();
    await expectNobodyFollows();
  });
});

describe('lion serve, told to stop', () => {
  test('says 1001, which sends clients to whoever listens next, and waits for no dead one', async () => {
    using folder = scratchFolder();
    await using server = await startServer(folder.path);
    const polite = await openSocket(server);
    polite.send(init({ 'X-API-Key': server.key }));
    await polite.next();
    const deaf = await openSocket(server);
    deaf.send(init({ 'X-API-Key': server.key }));
    await deaf.next();
    deaf.raw.pause();
    const since = performance.now();
    const [{ code, reason }] = await Promise.all([polite.closed, server.kill('SIGTERM')]);
    expect([code, reason]).toEqual([1001, expect.stringContaining('stopping')]);
    expect(server.exitCode).toBe(0);
    expect(performance.now() - since).toBeLessThan(10_000);
    deaf.terminate();
  });
});
