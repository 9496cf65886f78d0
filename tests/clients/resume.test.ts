import { describe, expect, test } from 'vitest';
import { openTestLion, refOf } from '../support/lion.ts';
import { ideasJson, openProviderLion } from '../support/provider-lion.ts';
import { openProviderServer } from '../support/provider-server.ts';
import { openProxy } from '../support/proxy.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer } from '../support/server-process.ts';
import { apollo, graphqlWs, urql, type Result } from './followers.ts';

const eventsDocument = /* GraphQL */ `
  subscription Events($id: ID!, $after: Int! = 0) {
    operationEvents(operationId: $id, after: $after) {
      seq
      type
    }
  }
`;

interface Seen {
  seq: number;
  type: string;
}

const seenIn = (results: readonly Result[]): Seen[] =>
  results.map(({ data, error }) => {
    if (error) throw error;
    const { seq, type } = data.operationEvents as Seen;
    return { seq, type };
  });

const seqsOf = (events: readonly { seq: number }[]): number[] => events.map(({ seq }) => seq);

describe.each([apollo, urql, graphqlWs])('$name resumes', ({ connect, follow, name }) => {
  test('in the midst of an operation, however often the connection is cut', async () => {
    await using lion = await openProviderLion();
    await using proxy = await openProxy(lion.test.url);
    const operation = await lion.test.start('brainstorm', { instruction: 'Name a bakery', count: 6 });
    const asked = await lion.provider.nextRequest();
    const titles = ['Crumb', 'Crust', 'Loaf', 'Rise', 'Knead', 'Proof'];
    const text = ideasJson(...titles);
    let sent = 0;
    const sendIdea = (): void => {
      // Up to the end of an idea, the last of them with all the rest.
      const index = text.indexOf('},{', sent) + 1 || text.length;
      asked.writeText(text.slice(sent, index + 1));
      sent = index + 1;
      if (index === text.length) asked.finish();
    };
    const following = follow({ url: proxy.url, key: lion.test.key }, eventsDocument, { id: operation.id }, (_result, results) => {
      const { type } = seenIn(results).at(-1)!;
      if (type === 'StepStarted') sendIdea();
      if (type !== 'IdeaProposed') return;
      proxy.cut();
      if (sent < text.length) sendIdea();
    });
    const events = seenIn(await following.done);
    expect(seqsOf(events)).toEqual(seqsOf(await lion.test.follow(operation)));
    expect(events.filter(({ type }) => type === 'IdeaProposed')).toHaveLength(titles.length);
    expect(proxy.connections).toBeGreaterThanOrEqual(titles.length - 1);
  });

  test('when connections end wherever it hurts: each event once, and in order', { timeout: 60_000 }, async () => {
    await using lion = await openTestLion();
    await using proxy = await openProxy(lion.url);
    const operation = await lion.start('run', { instruction: 'Name a bakery' });
    const stored = seqsOf(await lion.follow(operation));
    // The handshake takes some 200 bytes, an event some 120: each connection brings at least one event, or half of one more.
    for (const bytes of [450, 611, 999, 2_357]) {
      proxy.cutAfter(bytes);
      const before = proxy.connections;
      const events = seenIn(await follow({ url: proxy.url, key: lion.key }, eventsDocument, { id: operation.id }).done);
      expect(seqsOf(events), `cut after ${bytes} bytes`).toEqual(stored);
      expect(proxy.connections - before).toBeGreaterThan(1);
    }
    proxy.cutAfter(undefined);
    const rest = seenIn(await follow({ url: proxy.url, key: lion.key }, eventsDocument, { id: operation.id, after: 7 }).done);
    expect(seqsOf(rest)).toEqual(stored.filter((seq) => seq > 7));
  });

  test.each(['SIGKILL', 'SIGTERM'] as const)('across a restart of the server after a %s', { timeout: 60_000 }, async (signal) => {
    using folder = scratchFolder();
    await using provider = await openProviderServer();
    const env = { LION_MODEL: 'openai-compatible/test', LION_MODEL_BASE_URL: provider.openaiUrl };
    const server = await startServer(folder.path, env);
    const ask = async (query: string): Promise<Result['data']> => {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': server.key },
        body: JSON.stringify({ query }),
      });
      return ((await response.json()) as Result).data;
    };
    const { brainstorm } = await ask(
      'mutation { brainstorm(input: { instruction: "Name a bakery", count: 2 }) { ... on Operation { id } } }',
    );
    const { id } = brainstorm as { id: string };
    let ideaSeen = (): void => {};
    const firstIdea = new Promise<void>((resolve) => (ideaSeen = resolve));
    const following = follow(server, eventsDocument, { id }, (_result, results) => {
      if (seenIn(results).at(-1)!.type === 'IdeaProposed') ideaSeen();
    });
    const asked = await provider.nextRequest();
    asked.writeText(ideasJson('Crumb', 'Crust').slice(0, -20));
    await firstIdea;
    await server.kill(signal);
    provider.answer(ideasJson('Loaf', 'Rise'));
    await using _again = await startServer(folder.path, { ...env, LION_PORT: new URL(server.url).port });
    const events = seenIn(await following.done);
    const { operation } = await ask(`{ operation(id: "${id}") { events(first: 1000) { nodes { seq type } } } }`);
    expect(events).toEqual(operation.events.nodes);
    expect(events.map(({ type }) => type)).toContain('OperationRecovered');
  });

  test('two operations at a time over one connection', async () => {
    await using lion = await openTestLion();
    await using proxy = await openProxy(lion.url);
    const kinds = ['run', 'plan'] as const;
    const operations = await Promise.all(kinds.map((kind) => lion.start(kind, { instruction: 'Name a bakery' })));
    const stored = await Promise.all(operations.map(async (operation) => seqsOf(await lion.follow(operation))));
    proxy.cutAfter(3_000);
    const subscribe = connect({ url: proxy.url, key: lion.key });
    const followed = operations.map(({ id }) => subscribe(eventsDocument, { id }).done);
    expect((await Promise.all(followed)).map((results) => seqsOf(seenIn(results)))).toEqual(stored);
    expect(proxy.connections).toBeGreaterThan(1);
  });

  test('and completes where all was seen before the connection was cut', async () => {
    await using lion = await openTestLion();
    const operation = await lion.start('brainstorm', { instruction: 'Name a bakery' });
    const last = (await lion.follow(operation)).at(-1)!;
    const none = await follow(lion, eventsDocument, { id: operation.id, after: last.seq }).done;
    expect(none, name).toEqual([]);
  });
});

describe.each([apollo, urql])('$name', ({ follow, name }) => {
  test.each([
    ['a variable of another name', '($id: ID!, $from: Int!)', 'after: $from', { from: 3 }, 3, true],
    ['a variable with a default', '($id: ID!, $from: Int! = 4)', 'after: $from', {}, 4, true],
    ['a number', '($id: ID!)', 'after: 5', {}, 5, true],
    ['no cursor', '($id: ID!)', '', {}, 0, true],
    ['no selection of seq', '($id: ID!, $after: Int!)', 'after: $after', { after: 3 }, 3, false],
    ['neither cursor nor seq', '($id: ID!)', '', {}, 0, false],
  ])('resumes a document with %s', async (_what, head, argument, variables, after, withSeq) => {
    await using lion = await openTestLion();
    await using proxy = await openProxy(lion.url);
    const operation = await lion.start('brainstorm', { instruction: 'Name a bakery' });
    const stored = (await lion.follow(operation)).filter(({ seq }) => seq > after);
    const document = `subscription ${head} {
      happened: operationEvents(operationId: $id, ${argument}) { ${withSeq ? 'place: seq' : ''} ...What }
    }
    fragment What on Event { type operation { id } }`;
    proxy.cutAfter(900);
    const results = await follow({ url: proxy.url, key: lion.key }, document, { id: operation.id, ...variables }).done;
    const ofOperation = expect.objectContaining({ id: operation.id }) as unknown;
    expect(results.map(({ data, error }) => error ?? data.happened)).toEqual(
      stored.map(({ seq, type }) => ({
        ...(withSeq && { place: seq }),
        type,
        operation: ofOperation,
        ...(name === '@apollo/client' && { __typename: type }),
      })),
    );
    expect(proxy.connections).toBeGreaterThan(1);
  });

  test('ends with an error that the server gives, and does not try again', async () => {
    await using lion = await openTestLion();
    await using proxy = await openProxy(lion.url);
    const options = { url: proxy.url, key: lion.key };
    const errorOf = async (results: Promise<Result[]>): Promise<string> => {
      const all = await results;
      expect(all).toHaveLength(1);
      return all[0]!.error!.message;
    };
    expect(await errorOf(follow(options, eventsDocument, { id: 'op_none_1' }).done)).toMatch(/op_none_1/);
    const operation = await lion.start('brainstorm', { instruction: 'Name a bakery' });
    await lion.follow(operation);
    expect(await errorOf(follow(options, eventsDocument, { id: operation.id, after: 999 }).done)).toMatch(/999/);
    const stranger = { ...options, key: `lion_${'x'.repeat(43)}` };
    expect(await errorOf(follow(stranger, eventsDocument, { id: operation.id }).done)).toMatch(/The API key is not known/);
    const hidden = `subscription { ...Hidden } fragment Hidden on Subscription { operationEvents(operationId: "${operation.id}") { seq } }`;
    expect(await errorOf(follow(options, hidden, {}).done)).toMatch(/outside of fragments/);
    expect(proxy.connections).toBe(3);
  });

  test('tells of the lost connection and of the new one, and stops when nobody listens any more', async () => {
    await using lion = await openTestLion();
    await using proxy = await openProxy(lion.url);
    const operation = await lion.start('brainstorm', { instruction: 'Name a bakery' });
    await lion.follow(operation);
    const told: string[] = [];
    let isBack = (): void => {};
    const back = new Promise<void>((resolve) => (isBack = resolve));
    const options = {
      url: proxy.url,
      key: lion.key,
      onDisconnect: () => void told.push('lost'),
      onReconnect() {
        told.push('back');
        isBack();
      },
    };
    const document = /* GraphQL */ `
      subscription ($id: ID!) {
        sessionEvents(sessionId: $id) {
          seq
          type
        }
      }
    `;
    const { sessionId } = refOf(operation.id);
    const following = follow(options, document, { id: sessionId }, ({ data }) => {
      if (data.sessionEvents.type === 'OperationSucceeded') proxy.cut();
    });
    await back;
    expect(told).toEqual(['lost', 'back']);
    following.stop();
    expect(await following.done).toHaveLength((await lion.history(sessionId)).length);
    await expect.poll(() => lion.lion.feed.followedSessions).toBe(0);
  });
});
