import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { createClient } from 'graphql-ws';
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts';
import { scratchFolder } from '../support/scratch.ts';
import { ideas } from '../support/scripted.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';

const modelOf = (provider: ProviderServer): Record<string, string> => ({
  LION_MODEL: 'openai-compatible/test',
  LION_MODEL_BASE_URL: provider.openaiUrl,
  LION_MODEL_API_KEY: 'not-a-secret',
});

interface Answer {
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever it has asked for
  data: any;
}

async function query(
  { url, key }: ServerProcess,
  document: string,
  variables: Record<string, unknown> = {},
): Promise<Answer['data']> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ query: document, variables }),
  });
  return ((await response.json()) as Answer).data;
}

const startRun = async (server: ServerProcess): Promise<string> => {
  const { run } = await query(
    server,
    `mutation { run(input: { instruction: "Name a bakery", count: 2 }) { ... on Operation { id } } }`,
  );
  return run.id as string;
};

interface SeenEvent {
  seq: number;
  type: string;
  stepsReused?: string[];
  stepsRepeated?: string[];
}

/** Follows an operation until it ends, or the connection is lost. @returns whether it ended */
async function follow(
  { url, key }: ServerProcess,
  operationId: string,
  seen: SeenEvent[],
  until?: (event: SeenEvent) => boolean,
): Promise<boolean> {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { 'X-API-Key': key },
    retryAttempts: 0,
  });
  try {
    const events = client.iterate<{ operationEvents: SeenEvent }>({
      query: `subscription($id: ID!, $after: Int!) { operationEvents(operationId: $id, after: $after) { seq type ... on OperationRecovered { stepsReused stepsRepeated } } }`,
      variables: { id: operationId, after: seen.at(-1)?.seq ?? 0 },
    });
    for await (const { data } of events) {
      seen.push(data!.operationEvents);
      if (until?.(data!.operationEvents)) return false;
    }
    return true;
  } catch {
    return false;
  } finally {
    await client.dispose();
  }
}

const selection = JSON.stringify({ selections: [{ id: 'idea-1', score: 1, rationale: 'Best.' }] });
const plan = JSON.stringify({ steps: [{ id: 'a', title: 'A', description: 'Do A.', dependsOn: [], doneWhen: 'A is done.' }] });

describe('a server that is killed', () => {
  it('and started again finishes what it had begun, asks no model again for what is recorded, and loses no event', async () => {
    using scratch = scratchFolder();
    await using provider = await openProviderServer();
    const seen: SeenEvent[] = [];
    let operationId: string;
    {
      await using server = await startServer(scratch.path, modelOf(provider));
      operationId = await startRun(server);
      const brainstorm = await provider.nextRequest();
      brainstorm.writeText(ideas('One', 'Two').slice(0, -20));
      // Killed while the answer streams, after its first idea was seen.
      await follow(server, operationId, seen, ({ type }) => type === 'IdeaProposed');
      await server.kill('SIGKILL');
    }
    {
      await using server = await startServer(scratch.path, modelOf(provider));
      const brainstorm = await provider.nextRequest();
      brainstorm.writeText(ideas('One', 'Two'));
      brainstorm.finish();
      // Killed while the second stage waits for its model.
      await provider.nextRequest();
      await server.kill('SIGKILL');
    }
    await using server = await startServer(scratch.path, modelOf(provider));
    const select = await provider.nextRequest();
    select.writeText(selection);
    select.finish();
    provider.answer(plan);
    expect(await follow(server, operationId, seen)).toBe(true);

    const { operation } = await query(
      server,
      `query($id: ID!) { operation(id: $id) {
         status attempt output { ... on RunOutput { selectedIdea { title } steps { title } } }
         children { kind status attempt } session { events(first: 1000) { nodes { seq } } }
       } }`,
      { id: operationId },
    );
    expect(operation).toMatchObject({
      status: 'SUCCEEDED',
      attempt: 3,
      output: { selectedIdea: { title: 'One' }, steps: [{ title: 'A' }] },
      children: [
        { kind: 'brainstorm', status: 'SUCCEEDED', attempt: 2 },
        { kind: 'select', status: 'SUCCEEDED', attempt: 2 },
        { kind: 'plan', status: 'SUCCEEDED', attempt: 1 },
      ],
    });
    // Twice the brainstorm, as it was not recorded when it was cut off; twice the selection; once the plan.
    expect(provider.requests).toHaveLength(5);
    const stored = operation.session.events.nodes.map(({ seq }: SeenEvent) => seq) as number[];
    expect(stored).toEqual(stored.map((_, index) => index + 1));
    // All but the first, which is of the session: each once, over three connections.
    expect(seen.map(({ seq }) => seq)).toEqual(stored.slice(1));
    const recovered = seen.filter(({ type }) => type === 'OperationRecovered');
    expect(recovered.map(({ stepsReused, stepsRepeated }) => [stepsReused, stepsRepeated])).toEqual([
      [[], ['ideas']],
      [[], []],
      // The model was asked, which may be before it was stored that the step had begun.
      [[], expect.toSatisfy((repeated: string[]) => repeated.length === 0 || repeated[0] === 'selections')],
      [[], []],
    ]);
  });

  it('three times by the same operation gives that one up, and goes on with the others', async () => {
    using scratch = scratchFolder();
    await using provider = await openProviderServer();
    let operationId = '';
    for (let crash = 1; crash <= 3; crash++) {
      await using server = await startServer(scratch.path, modelOf(provider));
      if (crash === 1) operationId = await startRun(server);
      await provider.nextRequest();
      await server.kill('SIGKILL');
    }
    await using server = await startServer(scratch.path, modelOf(provider));
    expect(await follow(server, operationId, [])).toBe(true);
    const { operation } = await query(
      server,
      `query($id: ID!) { operation(id: $id) { status error { code retryable message } children { status } } }`,
      { id: operationId },
    );
    expect(operation).toMatchObject({ status: 'FAILED', error: { code: 'OPERATION_CRASHED', retryable: true } });
    expect(operation.children).toEqual([{ status: 'FAILED' }]);
    provider.answer(ideas('One'));
    const { brainstorm } = await query(
      server,
      `mutation { brainstorm(input: { instruction: "Name a bakery", count: 1 }, options: { waitMs: 20000 }) { ... on Operation { status } } }`,
    );
    expect(brainstorm.status).toBe('SUCCEEDED');
  });
});

describe('a server that is asked to stop', () => {
  it('hands its work back, which counts as no crash, and ends with 0', async () => {
    using scratch = scratchFolder();
    await using provider = await openProviderServer();
    let operationId: string;
    for (let round = 1; ; round++) {
      await using server = await startServer(scratch.path, { ...modelOf(provider), LION_SHUTDOWN_MS: '500' });
      operationId ??= await startRun(server);
      const request = await provider.nextRequest();
      if (round === 5) {
        request.writeText(ideas('One', 'Two'));
        request.finish();
        provider.answer(selection, plan);
        const seen: SeenEvent[] = [];
        expect(await follow(server, operationId, seen)).toBe(true);
        expect(seen.at(-1)?.type).toBe('OperationSucceeded');
        return;
      }
      await server.kill('SIGTERM');
      expect(server.exitCode).toBe(0);
      // The provider is not left talking to nobody.
      await request.closed;
    }
  });
});
