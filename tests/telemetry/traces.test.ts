import { expect, it } from 'vitest';
import { dataOf, until } from '../support/api.ts';
import { startReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts';
import { scratchFolder } from '../support/scratch.ts';
import { kindsServer, startServer, waitingServer, type ServerProcess } from '../support/server-process.ts';
import type { GraphQLAnswer } from '../support/lion.ts';

const soon = { OTEL_BSP_SCHEDULE_DELAY: '20' };

/** Asks a server as a client does. */
async function ask(
  { url, key }: Pick<ServerProcess, 'url' | 'key'>,
  query: string,
  headers: Record<string, string> = {},
): Promise<GraphQLAnswer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, ...headers },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as GraphQLAnswer;
}

/** The steps of an operation that have begun. */
async function startedSteps(server: ServerProcess, id: string): Promise<string[]> {
  const query = `{ operation(id: "${id}") { events(types: [StepStarted]) { nodes { ... on StepStarted { step } } } } }`;
  return dataOf(await ask(server, query)).operation.events.nodes.map(({ step }: { step: string }) => step);
}

const brainstorm =
  'mutation Bakery { brainstorm(input: {instruction: "Name a bakery", count: 2}, options: {waitMs: 20000}) { ... on Operation { id status session { id } } } }';

const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan[] => spans.filter((span) => span.name === name);

/** The names of a span and of what it is a piece of, up to the beginning of the trace. */
function lineOf(spans: readonly ReceivedSpan[], span: ReceivedSpan): string[] {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return parent ? [span.name, ...lineOf(spans, parent)] : [span.name];
}

it('traces an operation from the request that started it down to the call of the model, as a part of what its client traces', async () => {
  using folder = scratchFolder();
  await using receiver = await startReceiver();
  await using server = await startServer(folder.path, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...soon });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const answer = await ask(server, brainstorm, {
    traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    'x-request-id': 'mine-1',
  });
  const { id, status, session } = dataOf(answer).brainstorm;
  expect(status).toBe('SUCCEEDED');
  await receiver.untilReceived('the request', (spans) => named(spans, 'POST /graphql').length > 0);
  await receiver.untilReceived('the operation', (spans) => named(spans, 'operation brainstorm').length > 0);
  const { spans } = receiver;

  expect(named(spans, 'POST /graphql')).toMatchObject([
    {
      traceId,
      parentSpanId: 'b7ad6b7169203331',
      kind: 'SERVER',
      failed: false,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/graphql',
        'http.response.status_code': 200,
        'lion.request.id': 'mine-1',
      },
      resource: { 'service.name': 'lion', 'telemetry.sdk.language': 'nodejs' },
    },
  ]);
  expect(named(spans, 'operation brainstorm')).toMatchObject([
    {
      traceId,
      kind: 'CONSUMER',
      failed: false,
      attributes: {
        'lion.operation.id': id,
        'lion.session.id': session.id,
        'lion.operation.kind': 'brainstorm',
        'lion.operation.attempt': 1,
        'lion.operation.status': 'SUCCEEDED',
        'lion.request.id': 'mine-1',
      },
    },
  ]);
  const [call, ...others] = named(spans, 'chat builtin');
  expect(others).toEqual([]);
  expect(call).toMatchObject({
    traceId,
    kind: 'CLIENT',
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'builtin',
      'gen_ai.request.model': 'builtin',
      'gen_ai.response.model': 'builtin',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.output.type': 'json',
    },
  });
  expect(call!.attributes['gen_ai.usage.input_tokens']).toBeGreaterThan(0);
  expect(call!.attributes['gen_ai.usage.output_tokens']).toBeGreaterThan(0);
  const line = lineOf(spans, call!);
  expect(line.slice(0, 3)).toEqual(['chat builtin', 'step ideas', 'operation brainstorm']);
  expect(line.at(-1)).toBe('POST /graphql');
  expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
});

it(
  'an operation is one trace, also where its server is killed in the midst of it, and its children are in it',
  { timeout: 120_000 },
  async () => {
    using folder = scratchFolder();
    await using receiver = await startReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...soon };
    let id: string;
    {
      await using server = await startServer(folder.path, env, kindsServer);
      // The first step ends, and is sent; the second is under way when the server is killed.
      const answer = await ask(
        server,
        'mutation { toil(input: {steps: 2, stepMs: 1500, children: 2}) { ... on Operation { id } } }',
      );
      id = dataOf(answer).toil.id;
      await receiver.untilReceived('the first step', (spans) => named(spans, 'step step 1').length > 0);
      await until('the second step has begun', async () => (await startedSteps(server, id)).includes('step 2'));
      await server.kill('SIGKILL');
    }
    await using _server = await startServer(folder.path, env, kindsServer);
    await receiver.untilReceived('the operation', (spans) =>
      named(spans, 'operation toil').some(({ attributes }) => attributes['lion.operation.id'] === id),
    );
    const { spans } = receiver;
    const [request] = named(spans, 'POST /graphql');
    const operations = named(spans, 'operation toil');
    expect(operations.map(({ attributes }) => Number(attributes['lion.operation.attempt'])).toSorted((a, b) => a - b)).toEqual([
      1, 1, 2,
    ]);
    const operation = operations.find(({ attributes }) => attributes['lion.operation.id'] === id)!;
    expect(operation.attributes).toMatchObject({ 'lion.operation.attempt': 2, 'lion.operation.status': 'SUCCEEDED' });
    // What goes on hangs from what started it, before the crash and after it.
    expect(lineOf(spans, operation).at(-1)).toBe('POST /graphql');
    const children = operations.filter((each) => each !== operation);
    expect(children.map(({ parentSpanId }) => parentSpanId)).toEqual([operation.spanId, operation.spanId]);
    const steps = spans.filter(({ name, parentSpanId }) => name.startsWith('step ') && parentSpanId === operation.spanId);
    expect(steps.map(({ attributes }) => [attributes['lion.step.name'], attributes['lion.step.try']])).toEqual([['step 2', 2]]);
    const traced = spans.filter(({ name }) => /^(?:operation|step|mutation)/.test(name));
    expect(new Set(traced.map(({ traceId }) => traceId))).toEqual(new Set([request!.traceId]));
  },
);

it(
  'an operation that waits for a person goes on in its trace once the answer is there, after a restart',
  { timeout: 120_000 },
  async () => {
    using folder = scratchFolder();
    await using receiver = await startReceiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...soon };
    let id: string;
    {
      await using server = await startServer(folder.path, env, waitingServer);
      id = dataOf(await ask(server, 'mutation { publish(input: {text: "it"}) { ... on Operation { id } } }')).publish.id;
      await receiver.untilReceived('the wait', (spans) => named(spans, 'operation publish').length > 0);
      await server.kill('SIGKILL');
    }
    await using server = await startServer(folder.path, env, waitingServer);
    const answered = await ask(
      server,
      `mutation { answerOperation(input: {operationId: "${id}", name: "approval", answer: {approved: true}}) { __typename } }`,
    );
    expect(dataOf(answered).answerOperation).toEqual({ __typename: 'Operation' });
    await receiver.untilReceived('the end', (spans) => named(spans, 'operation publish').length > 1);
    const attempts = named(receiver.spans, 'operation publish');
    expect(attempts.map(({ attributes }) => attributes['lion.operation.status'])).toEqual(['WAITING', 'SUCCEEDED']);
    expect(attempts[0]!.traceId).toBe(attempts[1]!.traceId);
    expect(attempts[0]!.parentSpanId).toBe(attempts[1]!.parentSpanId);
  },
);

it('traces what becomes of a document, and what is asked of the database, without the values of either', async () => {
  using folder = scratchFolder();
  await using receiver = await startReceiver();
  await using server = await startServer(folder.path, { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...soon });
  dataOf(await ask(server, brainstorm));
  dataOf(await ask(server, 'query Last { operations(last: 1) { nodes { id session { id title } } } }'));
  expect((await ask(server, 'query Wrong { nothing }')).errors).toHaveLength(1);
  expect((await ask(server, 'query {')).errors).toHaveLength(1);
  await receiver.untilReceived('all four requests', (spans) => named(spans, 'POST /graphql').length === 4);
  const { spans } = receiver;
  const execution = named(spans, 'mutation')[0]!;
  expect(execution.attributes).toMatchObject({ 'graphql.operation.type': 'mutation', 'graphql.operation.name': 'Bakery' });
  expect(lineOf(spans, execution)).toEqual(['mutation', 'POST /graphql']);
  expect(named(spans, 'graphql.parse').map((span) => span.attributes['error.type'])).toEqual([
    undefined,
    undefined,
    undefined,
    expect.anything(),
  ]);
  expect(named(spans, 'graphql.validate').map((span) => span.attributes['error.type'])).toEqual([
    undefined,
    undefined,
    'GRAPHQL_VALIDATION_FAILED',
  ]);
  // The commit with which it was queued is a piece of what asked for it; those of its steps are pieces of theirs.
  const commits = named(spans, 'COMMIT');
  expect(commits.map((commit) => lineOf(spans, commit)[1])).toEqual(expect.arrayContaining(['mutation', 'step ideas']));
  expect(commits[0]).toMatchObject({
    kind: 'CLIENT',
    attributes: { 'db.system.name': 'sqlite', 'db.operation.name': 'COMMIT' },
  });
  expect(commits[0]!.attributes['lion.journal.appends']).toBeGreaterThan(0);
  const query = named(spans, 'query').find(({ attributes }) => attributes['graphql.operation.name'] === 'Last')!;
  const read = spans.filter(({ parentSpanId }) => parentSpanId === query.spanId);
  expect(read.map(({ name }) => name)).toEqual(expect.arrayContaining(['SELECT Operation', 'SELECT Session']));
  expect(read[0]!.attributes).toMatchObject({ 'db.system.name': 'sqlite', 'db.operation.name': 'SELECT' });
});
