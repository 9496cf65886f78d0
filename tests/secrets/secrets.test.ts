import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { configFromEnv } from '../../src/config.ts';
import { redactSecrets } from '../../src/models/secrets.ts';
import { cli } from '../cli/cli.ts';
import { openProviderServer, type ProviderExchange, type ProviderServer } from '../support/provider-server.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { followSse, openSocket, sendRaw } from '../support/sockets.ts';

/** Recognisable, and of different looks. */
const planted = {
  modelKey: 'sk-planted-model-key-7Qw8Er9T',
  otherModelKey: 'AIzaPlantedGoogleKey0123456789',
  plainKey: 'correct horse "battery" staple/42+',
  vaultToken: 'hvs.planted-vault-token-31415926',
  databasePassword: 'p%40ssw0rd-planted',
  wrongKey: `lion_${'WrongPlanted'.padEnd(43, 'x')}`,
  cookie: 'session=planted-cookie-27182818',
};

let scratch: ReturnType<typeof scratchFolder>;
let provider: ProviderServer;
let server: ServerProcess;
/** Everything that came out of Lion, by where. */
const heard: [where: string, text: string][] = [];
const hear = (where: string, text: string): void => void heard.push([where, text]);

const telltale = [fileURLToPath(new URL('../support/telltale-server.mjs', import.meta.url))];

beforeAll(async () => {
  scratch = scratchFolder();
  provider = await openProviderServer();
  server = await startServer(
    scratch.path,
    {
      LION_MODEL: 'openai-compatible/small',
      LION_MODEL_BASE_URL: provider.openaiUrl,
      LION_MODEL_API_KEY: planted.modelKey,
      GOOGLE_GENERATIVE_AI_API_KEY: planted.otherModelKey,
      OPENAI_API_KEY: planted.plainKey,
      VAULT_TOKEN: planted.vaultToken,
      APP_DATABASE: `postgres://app:${planted.databasePassword}@db.example.com/app`,
      LION_LOG_LEVEL: 'debug',
      LION_METRICS: 'open',
    },
    telltale,
  );
});
afterAll(async () => {
  await server?.kill();
  await provider?.[Symbol.asyncDispose]();
  scratch?.[Symbol.dispose]();
});

async function post(path: string, body: string, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie: planted.cookie, 'x-api-key': server.key, ...headers },
    body,
  });
  hear(`POST ${path}`, `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`);
}

async function get(path: string, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(`${server.url}${path}`, { headers: { cookie: planted.cookie, ...headers } });
  hear(`GET ${path}`, `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`);
}

const perform =
  'mutation { perform(input: { instruction: "Say a word" }, options: { waitMs: 30000 }) { ... on Operation { id status error { code message } output { ... on PerformOutput { text } } session { events { nodes { seq type ... on StepFailed { error { message } } ... on StepRetrying { error { message } } ... on OperationFailed { error { message } } } } } } ... on Error { message } } }';
const ask = (query: string, headers?: Record<string, string>) => post('/graphql', JSON.stringify({ query }), headers);

/** What a provider says that echoes what it was sent. */
const echo = ({ headers }: ProviderExchange): string =>
  `Incorrect API key provided: ${headers.authorization}. ${JSON.stringify(headers)}`;

/** Answers of a model to one operation each; the last one is a failure for good. */
const answers: Record<string, (exchange: ProviderExchange) => void> = {
  'a good answer': (exchange) => {
    exchange.writeText('Bread.');
    exchange.finish();
  },
  'a wrong key, echoed as JSON': (exchange) =>
    exchange.fail(401, {}, JSON.stringify({ error: { message: echo(exchange), type: 'invalid_request_error' } })),
  'a wrong key, echoed as text': (exchange) => exchange.fail(403, { 'content-type': 'text/plain' }, echo(exchange)),
  'a fault in the stream': (exchange) => {
    exchange.writeText('Br');
    exchange.failInStream('invalid_request_error', echo(exchange));
  },
  'bytes that are no answer': (exchange) => {
    exchange.writeHeaders();
    exchange.writeRaw(`data: ${echo(exchange)}\n\n`);
    exchange.end();
  },
};

/** A text holds a secret where it holds it as it is, or as JSON, an URL or a header spells it. */
function secretsIn(text: string, secrets: Record<string, string>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const basic = Buffer.from(`app:${decodeURIComponent(planted.databasePassword)}`).toString('base64');
    const spellings = [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      ...(name === 'databasePassword' ? [decodeURIComponent(secret), basic] : []),
    ];
    return spellings.some((spelling) => text.includes(spelling)) ? [name] : [];
  });
}

test('no secret that was planted comes out anywhere', { timeout: 120_000 }, async () => {
  // What models say, and how they fail.
  for (const answer of Object.values(answers)) {
    provider.answerAll(answer);
    await ask(perform);
  }
  provider.answerAll((exchange) => exchange.fail(401, {}, echo(exchange)));
  await ask(perform.replace('waitMs: 30000', 'waitMs: 30000, model: "google/none"'));
  await ask(
    'mutation { telltale(input: { whom: "all" }, options: { waitMs: 30000 }) { ... on Operation { id error { code message } } ... on Error { message } } }',
  );

  // Keys that are not known, over each transport and in each place.
  const wrong = { 'x-api-key': planted.wrongKey };
  await ask('{ viewer { keyName } }', wrong);
  await ask('{ viewer { keyName } }', { 'x-api-key': '', authorization: `Bearer ${planted.wrongKey}` });
  await ask(`{ viewer { ${planted.wrongKey} } }`);
  await get(`/graphql?query={viewer{keyName}}&key=${planted.wrongKey}`, wrong);
  await get(`/sessions?key=${planted.wrongKey}`, wrong);
  await get('/metrics');
  await get('/health');
  await post('/agent/perform', '{"instruction":"Say a word"}', wrong);
  await post('/agent/perform', '{"instruction":"Say a word","wait_ms":30000}');
  for await (const answer of followSse(server, 'subscription { sessionEvents(sessionId: "x") { seq } }', wrong))
    hear('SSE', JSON.stringify(answer));
  const socket = await openSocket(server, undefined, { cookie: planted.cookie });
  socket.send({ type: 'connection_init', payload: { 'X-API-Key': planted.wrongKey } });
  hear('WebSocket', JSON.stringify(await socket.closed));
  const good = await openSocket(server);
  good.send({ type: 'connection_init', payload: { 'X-API-Key': server.key } });
  hear('WebSocket', JSON.stringify(await good.next()));
  good.send({
    id: '1',
    type: 'subscribe',
    payload: {
      query:
        '{ operations { nodes { error { message } session { events { nodes { seq type ... on OperationFailed { error { message } } } } } } } }',
    },
  });
  hear('WebSocket', JSON.stringify(await good.next()));
  good.raw.close();
  hear('what is no request', await sendRaw(server, `X-API-Key: ${planted.wrongKey}\r\n\r\n`));
  await new Promise<void>((resolve) => {
    const foreign = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      origin: `https://user:${planted.wrongKey}@evil.example.org`,
    });
    foreign.on('error', (error) => resolve(hear('WebSocket', error.message)));
  });

  // The commands.
  const env = { LION_URL: server.url, LION_KEY: planted.wrongKey };
  const commands: [string[], Record<string, string>][] = [
    [['sessions'], env],
    [['run', 'Name a bakery'], env],
    [['sessions'], { ...env, LION_URL: server.url.replace('http://', `http://admin:${planted.vaultToken}@`) }],
    [['sessions'], { ...env, LION_URL: `admin:${planted.vaultToken}@lion.example.com` }],
    [['sessions'], { LION_URL: server.url, LION_KEY: server.key }],
    [['serve'], { LION_MODEL_BASE_URL: `http://app:${planted.modelKey}@127.0.0.1:1/v1`, LION_MODEL: 'openai-compatible/a' }],
    [
      ['run', 'Name it'],
      {
        LION_MODEL: 'openai/a',
        OPENAI_API_KEY: 'sk-whatever-it-is',
        OPENAI_BASE_URL: `http://app:${planted.modelKey}@127.0.0.1:1/v1`,
        LION_DATABASE_URL: `file:${join(scratch.path, 'another.db')}`,
      },
    ],
    [['serve'], { LION_MODEL_LIMITS: planted.modelKey, LION_CORS_ORIGINS: planted.vaultToken }],
    [['backup', join(scratch.path, 'copy.db')], {}],
    [['doctor'], {}],
  ];
  for (const [args, environment] of commands) {
    const { code, stdout, stderr } = await cli(args, scratch.path, environment);
    hear(`lion ${args[0]} (${code})`, stdout + stderr);
  }

  // What is stored, and what is logged.
  await server.kill('SIGTERM');
  hear('the log', server.stderr);
  hear('the banner', server.stdout.replace(server.key, ''));
  for (const file of readdirSync(scratch.path).filter((name) => !name.endsWith('.key')))
    hear(`the file ${file}`, readFileSync(join(scratch.path, file)).toString('latin1'));

  // All of that was really heard.
  const all = heard.map(([, text]) => text).join('\n');
  for (const sign of [
    'Bread.',
    'key removed',
    'The API key is not known here',
    'it went wrong with',
    'user and a password',
    'lion_http_requests',
  ])
    expect([sign, all.includes(sign)]).toEqual([sign, true]);
  expect(heard.map(([where]) => where)).toEqual(
    expect.arrayContaining(['the file lion.db', 'the file copy.db', 'lion doctor (0)']),
  );
  expect(provider.requests.some(({ headers }) => headers.authorization === `Bearer ${planted.modelKey}`)).toBe(true);

  const { wrongKey: _wrong, ...ours } = planted;
  // Who sends a wrong key in the midst of a query is told what the query had there; the log is not.
  const found = heard.flatMap(([where, text]) => {
    const own = where === 'POST /graphql' ? ours : planted;
    return secretsIn(text, { ...own, firstKey: server.key }).map((name) => [where, name]);
  });
  expect(found).toEqual([]);
});

test('a secret is known in all its spellings, and a key of Lion by its looks', () => {
  const key = `lion_${'a'.repeat(43)}`;
  expect(redactSecrets(`as ${key}, Bearer abcdefgh and Basic YTpiY2Q=`)).toBe(
    'as [key removed], [key removed] and [key removed]',
  );
  expect(redactSecrets('key_01ARZ3NDEKTSV4RRFFQ69G5FAV did it')).toContain('key_01ARZ3');
});

test('an address with a password in it is refused, without saying it again', () => {
  const url = `http://app:${planted.modelKey}@127.0.0.1/v1`;
  expect(() => configFromEnv({ LION_MODEL_BASE_URL: url })).toThrow(/LION_MODEL_BASE_URL: must not hold a user and a password/);
  expect(() => configFromEnv({ LION_MODEL_BASE_URL: url })).not.toThrow(planted.modelKey);
});
