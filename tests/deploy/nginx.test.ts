import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as requestOverHttp, type IncomingHttpHeaders } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request as requestOverTls } from 'node:https';
import { text } from 'node:stream/consumers';
import { createClient as createSseClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { createClient } from '../../src/client/index.ts';
import { configFromEnv } from '../../src/config.ts';
import { dataOf, until } from '../support/api.ts';
import { openTestLion, type GraphQLAnswer, type TestLion } from '../support/lion.ts';
import { certificatePath, freePort, nginxPath, openNginx, type Nginx } from '../support/nginx.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer } from '../support/server-process.ts';
import { openSocket } from '../support/sockets.ts';

const missing = nginxPath === undefined && !process.env['CI'];
if (missing) console.warn('Left out: Lion behind nginx, as there is no nginx on this machine.');

/** How long nginx lets a connection be silent here, and how often Lion gives a sign of life: a tenth, as with 75 and 10 s or so. */
const silenceMs = 1_000;
const heartbeatMs = 100;

describe.skipIf(missing)('behind nginx with deploy/nginx.conf', () => {
  let lion: TestLion;
  /** One that waits for a sign of life for a second only, and one as it is shipped. */
  let nginx: Nginx;
  let patient: Nginx;
  /** What clients are given in the place of a Lion. */
  let door: { url: string; key: string };

  beforeAll(async () => {
    // The certificate of the test is known to nobody; the test of HTTP/2 looks at it.
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const config = { trustProxy: '1', limits: 'address: 3 logins', hstsSeconds: 31_536_000, stallMs: 2_000 };
    lion = await openTestLion({ http: { heartbeatMs }, config });
    nginx = await openNginx(portOf(lion.url), { proxy_read_timeout: `${silenceMs}ms` });
    patient = await openNginx(portOf(lion.url));
    door = { url: nginx.url, key: lion.key };
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await patient?.[Symbol.asyncDispose]();
    await lion?.[Symbol.asyncDispose]();
    vi.unstubAllEnvs();
  });

  const newSession = async (): Promise<string> =>
    dataOf(await lion.query('mutation { createSession(input: {}) { ... on Session { id } } }')).createSession.id as string;
  const touch = (id: string): Promise<GraphQLAnswer> =>
    lion.query('mutation($id: ID!) { updateSession(input: { id: $id, title: "Touched" }) { __typename } }', { id });
  const subscription = (id: string): string => `subscription { sessionEvents(sessionId: "${id}") { seq } }`;
  const expectNobodyFollows = () => until('nobody follows', () => lion.lion.feed.followedSessions === 0);

  test('its figures are those of Lion', () => {
    const conf = readFileSync('deploy/nginx.conf', 'utf8');
    const config = configFromEnv({});
    const valueOf = (name: string) => new RegExp(`^ *${name} (.+);$`, 'm').exec(conf)?.[1];
    expect(valueOf('client_max_body_size')).toBe(`${config.maxRequestBytes / 1024 / 1024}m`);
    expect(valueOf('client_body_timeout')).toBe(`${config.requestTimeoutMs / 1000}s`);
    expect(valueOf('client_header_timeout')).toBe(`${config.requestTimeoutMs / 4000}s`);
    expect(valueOf('send_timeout')).toBe(`${config.stallMs / 1000}s`);
    expect(conf).toContain(`server ${config.host}:${config.port};`);
    // Several signs of life, and the longest `waitMs`, fit in.
    expect(Number.parseInt(valueOf('proxy_read_timeout')!, 10)).toBeGreaterThan(60 + 12);
  });

  test('plain HTTP is sent to TLS, which answers over HTTP/2 and HTTP/1.1', async () => {
    const moved = await fetch(`${nginx.plainUrl}/graphql`, { method: 'POST', redirect: 'manual' });
    expect([moved.status, moved.headers.get('location')]).toEqual([308, 'https://localhost/graphql']);
    const session = connectHttp2(nginx.url, { ca: readFileSync(certificatePath), rejectUnauthorized: true });
    const stream = session.request({
      ':method': 'POST',
      ':path': '/graphql',
      'x-api-key': lion.key,
      'content-type': 'application/json',
    });
    stream.end(JSON.stringify({ query: '{ viewer { keyName } }' }));
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }];
    expect([headers[':status'], headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
    expect(JSON.parse(await text(stream))).toEqual({ data: { viewer: { keyName: 'test' } } });
    session.close();
    const over1 = await fetch(`${nginx.url}/health`);
    expect([over1.status, over1.headers.get('server')]).toEqual([200, 'nginx']);
  });

  test('a browser’s page that comes from there may ask, over HTTP and WebSocket', async () => {
    const socket = await openSocket(door, undefined, { origin: nginx.url });
    socket.send({ type: 'connection_init', payload: { 'X-API-Key': lion.key } });
    expect(await socket.next()).toEqual({ type: 'connection_ack' });
    socket.raw.close();
    await socket.closed;
  });

  /** Ways to follow a session, each until its event 2. */
  const ways: [name: string, follow: (id: string, onFirst: () => Promise<void>) => Promise<number[]>][] = [
    [
      'WebSocket',
      async (id, onFirst) => {
        const socket = await openSocket(door);
        socket.send({ type: 'connection_init', payload: { 'X-API-Key': lion.key } });
        expect(await socket.next()).toEqual({ type: 'connection_ack' });
        socket.send({ type: 'subscribe', id: '1', payload: { query: subscription(id) } });
        const seqs: number[] = [];
        const take = async () => seqs.push(((await socket.next()).payload as GraphQLAnswer).data.sessionEvents.seq as number);
        await take();
        await onFirst();
        await take();
        socket.raw.close();
        return seqs;
      },
    ],
    ...[false, true].map((singleConnection): (typeof ways)[number] => [
      `graphql-sse over ${singleConnection ? 'a single connection' : 'distinct connections'}`,
      async (id, onFirst) => {
        const client = createSseClient<boolean>({
          url: `${nginx.url}/graphql`,
          headers: { 'X-API-Key': lion.key },
          retryAttempts: 0,
          singleConnection,
        });
        const seqs: number[] = [];
        for await (const answer of client.iterate({ query: subscription(id) }) as AsyncIterable<GraphQLAnswer>) {
          seqs.push(answer.data.sessionEvents.seq as number);
          if (seqs.length === 2) break;
          await onFirst();
        }
        client.dispose();
        return seqs;
      },
    ]),
    [
      'events of REST',
      async (id, onFirst) => {
        const response = await fetch(`${nginx.url}/sessions/${id}/events`, { headers: { 'x-api-key': lion.key } });
        const seqs: number[] = [];
        for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
          for (const [, seq] of chunk.matchAll(/^id: (\d+)$/gm)) seqs.push(Number(seq));
          if (seqs.length === 1) void onFirst();
          if (seqs.length === 2) break;
        }
        return seqs;
      },
    ],
    [
      'events of REST over HTTP/2',
      async (id, onFirst) => {
        const session = connectHttp2(nginx.url, { rejectUnauthorized: false });
        const stream = session.request({ ':path': `/sessions/${id}/events`, 'x-api-key': lion.key });
        const seqs: number[] = [];
        for await (const chunk of stream.setEncoding('utf8')) {
          for (const [, seq] of (chunk as string).matchAll(/^id: (\d+)$/gm)) seqs.push(Number(seq));
          if (seqs.length === 1) void onFirst();
          if (seqs.length === 2) break;
        }
        session.destroy();
        return seqs;
      },
    ],
  ];

  test.each(ways)(
    '%s: an event comes at once, though the stream goes on, and signs of life keep it open for far longer than nginx lets it be silent',
    async (_name, follow) => {
      const id = await newSession();
      let lasted: Promise<void> | undefined;
      // The first event is here while the stream is open. Then nothing is said for three times as long as nginx would wait.
      const stayQuiet = (): Promise<void> =>
        (lasted ??= (async () => {
          expect(lion.lion.feed.followedSessions).toBe(1);
          const since = performance.now();
          await until('nginx has had the time to cut it', () => performance.now() - since > 3 * silenceMs);
          await touch(id);
        })());
      expect(await follow(id, stayQuiet)).toEqual([1, 2]);
      await lasted;
      await expectNobodyFollows();
    },
  );

  test('without signs of life, nginx cuts what is quiet', async () => {
    await using quiet = await openTestLion({ http: { heartbeatMs: 60_000 } });
    await using short = await openNginx(portOf(quiet.url), { proxy_read_timeout: `${silenceMs}ms` });
    const socket = await openSocket(short);
    expect(await socket.closed).toMatchObject({ code: 1006 });
    const { session_id: id } = (await (
      await fetch(`${quiet.url}/sessions`, { method: 'POST', headers: { 'x-api-key': quiet.key } })
    ).json()) as { session_id: string };
    const response = await fetch(`${short.url}/sessions/${id}/events`, { headers: { 'x-api-key': quiet.key } });
    await expect(response.text()).rejects.toThrow(/terminated/);
    expect(short.errors).toMatch(/upstream timed out/);
    await until('nobody follows', () => quiet.lion.feed.followedSessions === 0);
  });

  test('a reload cuts nobody at once; who is cut by it later comes back and misses nothing', { timeout: 60_000 }, async () => {
    await using own = await openNginx(portOf(lion.url), { worker_shutdown_timeout: '1s' });
    const id = await newSession();
    const before = own.workers();
    const lost: string[] = [];
    const client = createClient({ url: own.url, key: lion.key, webSocketImpl: WebSocket });
    const followed = client.followSession(id, { onDisconnect: ({ message }) => lost.push(message) });
    const seqs: number[] = [];
    const next = async () => seqs.push(((await followed.next()).value as { seq: number }).seq);
    await next();
    own.reload();
    await until('new workers are there', () => own.workers().every((pid) => !before.includes(pid)) && own.workers().length > 0);
    await touch(id);
    await next();
    const third = next();
    await until('the former workers have cut it', () => lost.length > 0);
    await touch(id);
    await third;
    expect(seqs).toEqual([1, 2, 3]);
    await followed.return();
    await client.close();
    await expectNobodyFollows();
  });

  test(
    'Lion restarts behind it: 502 meanwhile; the client comes back by itself, and misses nothing',
    { timeout: 60_000 },
    async () => {
      using scratch = scratchFolder();
      const port = await freePort();
      const env = { LION_PORT: String(port), LION_TRUST_PROXY: '1' };
      let server = await startServer(scratch.path, env);
      await using own = await openNginx(port);
      const client = createClient({ url: own.url, key: server.key, webSocketImpl: WebSocket });
      const session = dataOf<{ createSession: { id: string } }>({
        data: await client.query('mutation { createSession(input: {}) { ... on Session { id } } }'),
      }).createSession;
      let lost = 0;
      const followed = client.followSession(session.id, { onDisconnect: () => lost++ });
      const seqs: number[] = [];
      const next = async () => seqs.push(((await followed.next()).value as { seq: number }).seq);
      const change = () =>
        client.query('mutation($id: ID!) { updateSession(input: { id: $id, title: "Touched" }) { __typename } }', session);
      await next();
      await change();
      await next();
      const third = next();
      await server.kill('SIGTERM');
      await until('it is lost', () => lost > 0);
      expect((await fetch(`${own.url}/health`)).status).toBe(502);
      server = await startServer(scratch.path, env);
      await using _running = server;
      await until('nginx finds it again', async () => (await fetch(`${own.url}/health`)).ok);
      await change();
      await third;
      expect(seqs).toEqual([1, 2, 3]);
      await followed.return();
      await client.close();
    },
  );

  test('Lion knows where a client comes from, whatever it says of itself', async () => {
    const wrong = (localAddress: string, forwarded: string) =>
      ask(`${patient.url}/graphql`, {
        localAddress,
        headers: { 'x-api-key': `lion_${'x'.repeat(43)}`, 'x-forwarded-for': forwarded },
        body: '{"query":"{ __typename }"}',
      });
    for (const guess of ['1', '2', '3']) expect(await wrong('127.0.0.2', `192.0.2.${guess}`)).toBe(401);
    expect(await wrong('127.0.0.2', '192.0.2.4')).toBe(429);
    expect(await wrong('127.0.0.3', '127.0.0.2')).toBe(401);
    await until('nginx has written it down', () => patient.log.includes('127.0.0.3'));
    expect(patient.log).toMatch(/^127\.0\.0\.2 .+"POST \/graphql" 429 \d+ .+ req_\w+$/m);
  });

  test('a body of 4 MiB passes, a larger one is refused with 413 and does not reach Lion; one of unknown length passes', async () => {
    const query = `{"query":"{ __typename }","extensions":{"padding":""}}`;
    const headers = { 'x-api-key': lion.key };
    const sized = (bytes: number) => query.replace('""', `"${'x'.repeat(bytes - query.length)}"`);
    expect(await ask(`${patient.url}/graphql`, { headers, body: sized(4 * 1024 * 1024) })).toBe(200);
    expect(await ask(`${patient.url}/graphql`, { headers, body: sized(4 * 1024 * 1024 + 1) })).toBe(413);
    await until('nginx has written it down', () => / 413 /.test(patient.log));
    expect(patient.log).toMatch(/"POST \/graphql" 413 \d+ \S+ - -$/m);
    // Lion asks for a length; nginx has read the body in full, and says it.
    const chunked = { ...headers, 'transfer-encoding': 'chunked' };
    expect(await ask(`${patient.url}/graphql`, { headers: chunked, body: query })).toBe(200);
    expect(await ask(`${lion.url}/graphql`, { headers: chunked, body: query })).toBe(411);
  });

  test('the token of a stream is in no log', async () => {
    const headers = { 'x-api-key': lion.key };
    const token = await (await fetch(`${patient.url}/graphql/stream`, { method: 'PUT', headers })).text();
    const stream = await fetch(`${patient.url}/graphql/stream?token=${token}`, { headers: { accept: 'text/event-stream' } });
    expect(stream.status).toBe(200);
    await stream.body!.cancel();
    await until('nginx has written it down', () => /"GET \/graphql\/stream" 200/.test(patient.log));
    expect(patient.log).not.toContain(token);
  });

  test('connections to Lion are used again, and none is closed under a request', async () => {
    for (let n = 0; n < 20; n++) expect(await ask(`${patient.url}/livez`, {}, 'GET')).toBe(200);
    expect(patient.errors).not.toMatch(/prematurely closed|reset by peer/);
    const conf = readFileSync('deploy/nginx.conf', 'utf8');
    // Node closes an idle connection after 5 s.
    expect(Number(/^ +keepalive_timeout (\d+)s;$/m.exec(conf)![1])).toBeLessThan(5);
  });
});

const portOf = (url: string): number => Number(new URL(url).port);

/** Asks over HTTP/1.1 from an address of this machine. @returns the status of the answer */
function ask(
  url: string,
  { headers = {}, body, localAddress }: { headers?: Record<string, string>; body?: string; localAddress?: string },
  method = 'POST',
): Promise<number> {
  const send = url.startsWith('https') ? requestOverTls : requestOverHttp;
  return new Promise((resolve, reject) => {
    const length = body === undefined || headers['transfer-encoding'] ? {} : { 'content-length': Buffer.byteLength(body) };
    const request = send(url, {
      method,
      headers: { 'content-type': 'application/json', ...length, ...headers },
      ...(localAddress !== undefined && { localAddress, family: 4 }),
    });
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    request.on('error', reject);
    request.end(body);
  });
}
