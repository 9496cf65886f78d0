import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { z } from 'zod';
import { applyEvent, contentOf, createClient, emptyHistory, lastSeqOf, type Event } from '../../src/client/index.ts';
import { inPieces } from '../../src/database/pieces.ts';
import type { Provisional, StoredEvent } from '../../src/history/event.ts';
import { openFeed, type Following } from '../../src/history/feed.ts';
import { sessionTopic } from '../../src/history/journal.ts';
import { inProcessNudges } from '../../src/history/nudge.ts';
import { pruning } from '../../src/history/pruning.ts';
import type { SessionId } from '../../src/ids.ts';
import { define } from '../../src/operations/definition.ts';
import { OperationError } from '../../src/operations/errors.ts';
import { dataOf, until } from '../support/api.ts';
import { gate, untilAborted, type Gate } from '../support/gate.ts';
import { endOf, expectWhole, type Shown } from '../support/history.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';

const idea = (title: string): Provisional => ({
  type: 'IdeaProposed',
  idea: { id: title, title, description: '', rationale: '', development: null },
});

/** An operation that says what the test wants it to say. */
class Speaker {
  readonly #begun: Gate = gate();
  readonly #done: Gate = gate();
  #said = 0;
  emit: (event: Provisional) => void = () => {};

  readonly definition;

  constructor(kind: string) {
    this.definition = define({
      kind,
      version: 1,
      description: 'Says what the test wants.',
      input: z.object({ about: z.string() }),
      output: z.object({ said: z.int() }),
      execute: async ({ step, signal }) => {
        await step('say', async ({ emit }) => {
          this.emit = emit;
          this.#begun.open();
          await Promise.race([this.#done.opened, untilAborted(signal)]);
        });
        return { said: this.#said };
      },
    });
  }

  async start(test: TestLion, sessionId: SessionId) {
    const operation = await test.start(this.definition.kind, { about: 'it' }, { sessionId });
    await this.#begun.opened;
    return operation;
  }

  say(times = 1): void {
    for (let n = 0; n < times; n++) this.emit(idea(`${this.definition.kind} ${++this.#said}`));
  }

  async finish(test: TestLion, operation: Awaited<ReturnType<Speaker['start']>>): Promise<void> {
    this.#done.open();
    await test.follow(operation);
  }
}

/** All that ended until now. */
const prune = ({ lion }: TestLion): Promise<void> => inPieces(lion.database, pruning(new Date()));

const shown = (events: readonly StoredEvent[]): Shown[] =>
  events.map(({ seq, type, payload }) => ({ seq, type, ...('through' in payload && { through: payload.through }) }));

async function take(following: Following, count: number): Promise<Shown[]> {
  const events: StoredEvent[] = [];
  while (events.length < count) {
    const { value, done } = await following.next();
    if (done) throw new Error(`Only ${events.length} of ${count} events came`);
    events.push(value);
  }
  return shown(events);
}

/** What a follower of the session is given until `end`. */
async function followed(test: TestLion, sessionId: SessionId, after: number, end: number): Promise<Shown[]> {
  const following = await test.lion.feed.followSession(sessionId, { after });
  const events: Shown[] = [];
  while (events.length === 0 ? after < end : endOf(events.at(-1)!) < end) events.push(...(await take(following, 1)));
  await following.return!();
  return events;
}

interface Page {
  nodes: Shown[];
  edges: { cursor: number }[];
  pageInfo: { startCursor: number; endCursor: number; hasNextPage: boolean; hasPreviousPage: boolean };
}

/** Several pages in one request, each by a name. */
async function pagesOf(test: TestLion, sessionId: string, pages: Record<string, string>): Promise<Record<string, Page>> {
  const fields = Object.entries(pages).map(([name, args]) => `${name}: events(${args}) { ...Page }`);
  const document = `
    query($id: ID!) { session(id: $id) { ${fields.join('\n')} } }
    fragment Page on EventConnection {
      nodes { seq type ... on EventsPruned { through } } edges { cursor } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
    }`;
  return dataOf(await test.query(document, { id: sessionId })).session as Record<string, Page>;
}

const page = async (test: TestLion, sessionId: string, args: string): Promise<Page> =>
  (await pagesOf(test, sessionId, { page: args }))['page']!;

const pruned = (events: readonly Shown[]): [number, number][] =>
  events.flatMap(({ seq, through }) => (through === undefined ? [] : [[seq, through]]));

describe('two operations whose events lie among each other', () => {
  /** seq 1: SessionCreated; 2 to 4 and 5 to 7: queued, started, step started; then what they say. */
  async function conversation() {
    const [a, b] = [new Speaker('first'), new Speaker('second')];
    const test = await openTestLion({ definitions: [a.definition, b.definition] });
    const sessionId = await test.lion.sessions.create(test.lion.defaultProjectId, {});
    const first = await a.start(test, sessionId);
    const second = await b.start(test, sessionId);
    a.say(3); // 8, 9, 10
    b.say(2); // 11, 12
    a.say(1); // 13
    b.say(1); // 14
    a.say(2); // 15, 16
    await a.finish(test, first); // 17, 18
    const lastSeq = async () => (await test.history(sessionId)).at(-1)!.seq;
    return { test, a, b, first, second, sessionId, lastSeq };
  }

  it('are pruned each once it has ended: what is beside a run joins it', async () => {
    const { test, b, second, sessionId } = await conversation();
    await using _ = test;
    const before = await test.history(sessionId);
    await prune(test);
    expect(pruned(shown(await test.history(sessionId)))).toEqual([
      [8, 10],
      [13, 13],
      [15, 16],
    ]);
    // Nothing of the one that has not ended is gone, and what is pruned has the time of what was there.
    const after = await test.history(sessionId);
    expect(after.filter(({ type }) => type !== 'EventsPruned')).toEqual(
      before.filter(({ operation, type }) => operation !== 1 || type !== 'IdeaProposed'),
    );
    expect(after.find(({ seq }) => seq === 8)!.at).toEqual(before.find(({ seq }) => seq === 8)!.at);
    await b.finish(test, second);
    await prune(test);
    expect(pruned(shown(await test.history(sessionId)))).toEqual([[8, 16]]);
    // A second time, there is nothing more.
    await prune(test);
    expect(pruned(shown(await test.history(sessionId)))).toEqual([[8, 16]]);
  });

  it.each(['one', 'both'])('with %s of them pruned, every reader from every cursor sees each seq once', async (which) => {
    const { test, b, second, sessionId, lastSeq } = await conversation();
    await using _ = test;
    if (which === 'both') await b.finish(test, second);
    await prune(test);
    const end = await lastSeq();
    for (let cursor = 0; cursor <= end; cursor++) {
      expectWhole(await followed(test, sessionId, cursor, end), cursor, end);
      const before = Math.min(end, cursor + 4);
      const pages = await pagesOf(test, sessionId, {
        after: `after: ${cursor}`,
        before: `before: ${cursor}, last: 100`,
        between: `after: ${cursor}, before: ${before}, last: 100`,
        last: `after: ${cursor}, last: 1`,
      });
      expectWhole(pages['after']!.nodes, cursor, end);
      expectWhole(pages['before']!.nodes, 0, Math.max(0, cursor - 1));
      expectWhole(pages['between']!.nodes, cursor, Math.max(cursor, before - 1));
      expectWhole(pages['last']!.nodes, Math.max(cursor, end - 1), end);
      expect(pages['before']!.pageInfo.hasNextPage).toBe(true);
      expect(pages['last']!.pageInfo.hasPreviousPage).toBe(cursor < end - 1);
    }
    // Page by page, from a cursor inside of a run.
    for (const [size, from] of [
      [1, 0],
      [1, 9],
      [2, 15],
    ] as const) {
      const forwards: Shown[] = [];
      for (let after: number = from; ;) {
        const { nodes, pageInfo, edges } = await page(test, sessionId, `after: ${after}, first: ${size}`);
        forwards.push(...nodes);
        expect(pageInfo.endCursor).toBe(edges.at(-1)!.cursor);
        if (!pageInfo.hasNextPage) break;
        after = pageInfo.endCursor;
      }
      expectWhole(forwards, from, end);
      const backwards: Shown[] = [];
      for (let before = from + 1; before > 1;) {
        const { nodes, pageInfo } = await page(test, sessionId, `before: ${before}, last: ${size}`);
        backwards.unshift(...nodes);
        if (!pageInfo.hasPreviousPage) break;
        before = pageInfo.startCursor;
      }
      expectWhole(backwards, 0, from);
    }
    if (which === 'one') await b.finish(test, second);
  });

  it('a filter of types shows prunings where it names them, with the rest of the one that its cursor is in', async () => {
    const { test, b, second, sessionId, lastSeq } = await conversation();
    await using _ = test;
    await b.finish(test, second);
    await prune(test);
    const end = await lastSeq();
    for (const [types, expected] of [
      [['IdeaProposed'], []],
      [['EventsPruned'], [[12, 16]]],
      [
        ['EventsPruned', 'OperationSucceeded'],
        [
          [12, 16],
          [18, 18],
          [end, end],
        ],
      ],
    ] as const) {
      const { nodes } = await page(test, sessionId, `after: 11, types: [${types.join(', ')}]`);
      expect(nodes.map((event) => [event.seq, endOf(event)])).toEqual(expected);
      const following = await test.lion.feed.followSession(sessionId, { after: 11, types });
      expect((await take(following, expected.length)).map((event) => [event.seq, endOf(event)])).toEqual(expected);
      await following.return!();
    }
    // Of an operation's events, those that are left.
    const { operation } = dataOf(
      await test.query('query($id: ID!) { operation(id: $id) { output { __typename } events { nodes { seq type } } } }', {
        id: second.id,
      }),
    );
    const kept = ['OperationQueued', 'OperationStarted', 'StepStarted', 'StepSucceeded', 'OperationSucceeded'];
    expect(operation.events.nodes.map(({ type }: Shown) => type)).toEqual(kept);
    expect((await test.follow(second, 12)).map(({ type }) => type)).toEqual(kept.slice(3));
  });
});

describe('whoever is in the midst of a run while it is pruned', () => {
  const many = 1500;

  async function long() {
    const speaker = new Speaker('speaker');
    const test = await openTestLion({ definitions: [speaker.definition] });
    const sessionId = await test.lion.sessions.create(test.lion.defaultProjectId, {});
    const operation = await speaker.start(test, sessionId);
    return { test, speaker, sessionId, operation };
  }

  it('and pages the database, sees the rest of it pruned', async () => {
    const { test, speaker, sessionId, operation } = await long();
    await using _ = test;
    speaker.say(many);
    await speaker.finish(test, operation);
    const following = await test.lion.feed.followSession(sessionId, { after: 0 });
    const seen = await take(following, 200);
    await prune(test);
    for (let end = 0; end < many + 6; end = endOf(seen.at(-1)!)) seen.push(...(await take(following, 1)));
    await following.return!();
    expectWhole(seen, 0, many + 6);
    expect(pruned(seen)).toEqual([[257, many + 4]]);
  });

  it('and was told of nothing meanwhile, sees the rest of it pruned', async () => {
    const { test, speaker, sessionId, operation } = await long();
    await using _ = test;
    // Its nudges are lost: only those come that the test gives.
    const nudges = inProcessNudges();
    const feed = openFeed(test.lion.database, nudges, test.lion.pasts);
    speaker.say(10);
    await until('that is stored', async () => (await test.history(sessionId)).length === 14);
    const following = await feed.followSession(sessionId, { after: 0 });
    const seen = await take(following, 14);
    speaker.say(10);
    await speaker.finish(test, operation);
    await prune(test);
    nudges.nudge(sessionTopic(sessionId));
    seen.push(...(await take(following, 3)));
    expectWhole(seen, 0, 26);
    expect(pruned(seen)).toEqual([[15, 24]]);
    // Those who come later share what is known already, from any cursor.
    for (let cursor = 0; cursor < 26; cursor++) {
      const other = await feed.followSession(sessionId, { after: cursor });
      const events: Shown[] = [];
      while (events.length === 0 || endOf(events.at(-1)!) < 26) events.push(...(await take(other, 1)));
      expectWhole(events, cursor, 26);
      await other.return!();
    }
    await following.return!();
  });

  it('a client that comes back with such a cursor goes on, and its view is that of who saw all', async () => {
    const { test, speaker, sessionId, operation } = await long();
    await using _ = test;
    const client = createClient({ url: test.url, key: test.key, webSocketImpl: WebSocket });
    const read = async (after: number, end: number): Promise<Event[]> => {
      const events: Event[] = [];
      for await (const event of client.followSession(sessionId, { after })) {
        events.push(event);
        if (lastSeqOf(event) === end) break;
      }
      return events;
    };
    speaker.say(10);
    await speaker.finish(test, operation);
    const whole = await read(0, 16);
    const left = whole.slice(0, 9);
    await prune(test);
    const rest = await read(lastSeqOf(left.at(-1)!), 16);
    expect(rest[0]).toMatchObject({ type: 'EventsPruned', seq: 10, through: 14, operation: null });
    const anew = await read(0, 16);
    expectWhole(anew, 0, 16);
    const [all, interrupted, fresh] = [whole, [...left, ...rest], anew].map((events) => events.reduce(applyEvent, emptyHistory));
    expect(all).toMatchObject({ seq: 16 });
    for (const history of [interrupted!, fresh!]) {
      expect(history.seq).toBe(16);
      const { status, output } = history.operations.get(operation.id)!;
      expect({ status, output }).toMatchObject({ status: 'SUCCEEDED', output: { __typename: 'SpeakerOutput' } });
    }
    // A run that reaches over what is known is taken in; one that is known is not.
    const partly = applyEvent(
      { ...emptyHistory, seq: 12 },
      anew.find(({ type }) => type === 'EventsPruned')!,
    );
    expect(partly.seq).toBe(14);
    expect(contentOf(fresh!.operations.get(operation.id)!).isFinal).toBe(true);
    await client.close();
  });
});

describe('what only the history has stays', () => {
  const tries = define({
    kind: 'tries',
    version: 1,
    description: 'Proposes something, fails, and proposes something else.',
    input: z.object({ succeeds: z.boolean() }),
    output: z.object({ title: z.string() }),
    async execute({ input, step, signal }) {
      return step('say', async ({ emit, try: number }) => {
        emit(idea(`of try ${number}`));
        emit({ type: 'ChoiceScored', choice: { id: 'a', label: 'A', content: null }, score: number, rationale: null });
        if (number === 1) throw new OperationError({ code: 'NOT_YET', message: 'Not yet.', retryable: true });
        if (!input.succeeds) await untilAborted(signal);
        return { title: `of try ${number}` };
      });
    },
  });

  it.each([
    { how: 'succeeded', left: [['ChoiceScored', 2]] },
    {
      how: 'was cancelled',
      left: [
        ['IdeaProposed', 2],
        ['ChoiceScored', 2],
      ],
    },
  ])('of an operation that $how: $left', async ({ how, left }) => {
    await using test = await openTestLion({ definitions: [tries] });
    const operation = await test.start('tries', { succeeds: how === 'succeeded' });
    const provisional = async () =>
      (await test.history(operation.sessionId)).flatMap(({ type, payload }) =>
        type === 'IdeaProposed' || type === 'ChoiceScored' ? [[type, (payload as { try: number }).try]] : [],
      );
    await until('the second try has said all', async () => (await provisional()).length === 4);
    if (how === 'was cancelled')
      await test.query('mutation($id: ID!) { cancelOperation(id: $id) { __typename } }', operation as never);
    await test.follow(operation);
    await prune(test);
    expect(await provisional()).toEqual(left);
  });
});
