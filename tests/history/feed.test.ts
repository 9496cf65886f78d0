import { setImmediate } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { NewEvent, StoredEvent } from '../../src/history/event.ts';
import { openFeed } from '../../src/history/feed.ts';
import { sessionTopic } from '../../src/history/journal.ts';
import { inProcessNudges } from '../../src/history/nudge.ts';
import type { SessionId } from '../../src/ids.ts';
import { until } from '../support/api.ts';
import { collectedBytes } from '../support/memory.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { define } from '../../src/operations/definition.ts';
import { random } from '../support/random.ts';
import { z } from 'zod';

const emitted: NewEvent = { type: 'DataEmitted', operation: null, payload: { name: 'x', data: 1 } };

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** Appends `count` events of about 2 KB, 100 at a time. */
async function appendMany({ lion }: TestLion, sessionId: SessionId, count: number): Promise<void> {
  const metadata = { filler: 'x'.repeat(2000) };
  for (let done = 0; done < count; done += 100) {
    await Promise.all(
      upTo(100).map(() =>
        lion.journal.append({
          sessionId,
          decide: (draft) =>
            draft.append({
              type: 'SessionUpdated',
              operation: null,
              payload: { title: null, metadata, expiresAt: null, onBusy: 'PARALLEL' },
            }),
        }),
      ),
    );
  }
}

interface Follower {
  /** The `seq`s that came, in order. */
  seqs: number[];
  socket: WebSocket;
  /** The close code, once the connection is closed. */
  closed: Promise<number>;
  /** Resolves when `seq` has come. */
  until(seq: number): Promise<void>;
}

/** Follows a session over a WebSocket of its own, spoken by hand. */
async function follow(test: TestLion, sessionId: string, after = 0): Promise<Follower> {
  const socket = new WebSocket(`${test.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const seqs: number[] = [];
  let awaited: { seq: number; resolve(): void } | undefined;
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { 'X-API-Key': test.key } })));
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { type: string; payload?: { data: { sessionEvents: { seq: number } } } };
      if (message.type === 'connection_ack') {
        const query = `subscription($s: ID!, $after: Int!) { sessionEvents(sessionId: $s, after: $after) { seq ... on SessionUpdated { metadata } } }`;
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { s: sessionId, after } } }));
        resolve();
      }
      if (message.type !== 'next') return;
      const { seq } = message.payload!.data.sessionEvents;
      seqs.push(seq);
      if (awaited && seq >= awaited.seq) awaited.resolve();
    });
  });
  return {
    seqs,
    socket,
    closed,
    until: (seq) => new Promise((resolve) => (seqs.includes(seq) ? resolve() : (awaited = { seq, resolve }))),
  };
}

describe('a slow reader', () => {
  it('costs bounded memory and disturbs nobody while 20,000 events are appended, is told to resume, and then misses nothing', async () => {
    let noticed = (): void => {};
    const stalled = new Promise<void>((resolve) => (noticed = resolve));
    await using test = await openTestLion({
      config: { stallMs: 1500 },
      onLog: ({ msg }) => void (/took nothing/.test(msg) && noticed()),
    });
    const sessionId = await test.lion.sessions.create(test.lion.defaultProjectId, {});
    const [slow, quick] = [await follow(test, sessionId), await follow(test, sessionId)];
    await Promise.all([slow.until(1), quick.until(1)]);
    slow.socket.pause();
    const before = collectedBytes();
    await appendMany(test, sessionId, 20_000);
    await quick.until(20_001);
    // 40 MB went by; what is held is a tail of 1,024 events (2 MB as text, several times that as objects), and one message.
    expect(collectedBytes() - before).toBeLessThan(20_000_000);
    expect(quick.seqs).toEqual(upTo(20_001));
    expect(slow.seqs.length).toBeLessThan(20_001);

    // It takes what was on its way again, and finds that its connection was ended for it to come back.
    await stalled;
    slow.socket.resume();
    expect(await slow.closed).toBe(1013);
    const cursor = slow.seqs.at(-1)!;
    expect(slow.seqs).toEqual(upTo(cursor));
    const resumed = await follow(test, sessionId, cursor);
    await resumed.until(20_001);
    expect([...slow.seqs, ...resumed.seqs]).toEqual(upTo(20_001));
    quick.socket.close();
    resumed.socket.close();
    await Promise.all([quick.closed, resumed.closed]);
  });
});

describe('resuming', () => {
  it('misses nothing and repeats nothing over 200 random disconnects while operations run', async () => {
    const chatter = define({
      kind: 'chatter',
      version: 1,
      description: 'Tells many things.',
      input: z.object({ lines: z.int() }),
      output: z.object({ told: z.int() }),
      async execute({ input, step, emit }) {
        for (const line of upTo(input.lines)) {
          await step(`line ${line}`, ({ emit: propose }) => propose({ type: 'TextDelta', text: `line ${line}` }));
          if (line % 5 === 0) await emit('progress', { line });
        }
        return { told: input.lines };
      },
    });
    await using test = await openTestLion({ definitions: [chatter] });
    const sessionId = await test.lion.sessions.create(test.lion.defaultProjectId, {});
    const next = random(20_261_123);
    const client = () =>
      createClient({
        url: `${test.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { 'X-API-Key': test.key },
        retryAttempts: 0,
        lazyCloseTimeout: 0,
      });

    const seen: number[] = [];
    let disconnects = 0;
    let ended = 0;
    const started = new Set<string>();
    const startMore = async (): Promise<void> => {
      const { id } = await test.start('chatter', { lines: 20 + Math.floor(next() * 30) }, { sessionId });
      started.add(id);
    };
    await startMore();
    while (disconnects < 200) {
      if (started.size - ended < 4) await startMore();
      const connection = client();
      const leaveAfter = 1 + Math.floor(next() * 12);
      let taken = 0;
      const events = connection.iterate<{ sessionEvents: { seq: number; type: string } }>({
        query: `subscription($s: ID!, $after: Int!) { sessionEvents(sessionId: $s, after: $after) { seq type } }`,
        variables: { s: sessionId, after: seen.at(-1) ?? 0 },
      });
      for await (const { data } of events) {
        const { seq, type } = data!.sessionEvents;
        seen.push(seq);
        if (type === 'OperationSucceeded') ended++;
        // Cut, not closed: nothing is said to the server.
        if (++taken === leaveAfter) break;
      }
      connection.terminate();
      await connection.dispose();
      disconnects++;
    }
    // The rest, to the end of all operations.
    const types = new Map<string, number>();
    for await (const event of await test.lion.feed.followSession(sessionId, { after: seen.at(-1)! })) {
      seen.push(event.seq);
      if (event.type === 'OperationSucceeded') ended++;
      types.set(event.type, (types.get(event.type) ?? 0) + 1);
      if (ended === started.size) break;
    }
    expect(seen).toEqual(upTo(seen.length));
    const stored = await test.history(sessionId);
    expect(seen.length).toBe(stored.length);
  });
});

describe('a crowd of readers', () => {
  it('is given each event once and in order, also what comes while it is still served', async () => {
    await using test = await openTestLion();
    const { feed, journal, sessions, defaultProjectId } = test.lion;
    const sessionId = await sessions.create(defaultProjectId, {});
    const readers = await Promise.all(upTo(150).map(() => feed.followSession(sessionId, { after: 1 })));
    const payload = { title: null, metadata: {}, expiresAt: null, onBusy: 'PARALLEL' as const };
    for (const round of upTo(30)) {
      const next = readers.map(async (reader) => [(await reader.next()).value?.seq, (await reader.next()).value?.seq]);
      const change = () =>
        journal.append({ sessionId, decide: (draft) => draft.append({ type: 'SessionUpdated', operation: null, payload }) });
      await change();
      await change();
      for (const seqs of await Promise.all(next)) expect(seqs).toEqual([round * 2, round * 2 + 1]);
    }
    for (const reader of readers) await reader.return?.();
  });
});

describe('a follower that is given news', () => {
  it('takes those that go on from what it knows, and reads what is missing: each event once, whatever comes twice, late or not at all', async () => {
    await using lion = await openTestLion();
    const { database, pasts, journal } = lion.lion;
    const sessionId = await lion.lion.sessions.create(lion.lion.defaultProjectId, {});
    // Its nudges are those that the test gives.
    const nudges = inProcessNudges();
    const feed = openFeed(database, nudges, pasts);
    const seqs: number[] = [];
    const following = await feed.followSession(sessionId, { after: 0 });
    const reading = (async () => {
      for await (const { seq } of following) seqs.push(seq);
    })();
    await until('the first has come', () => seqs.length === 1);
    const next = random(7);
    const stored: (readonly StoredEvent[])[] = [];
    let last = 1;
    for (let round = 0; round < 300; round++) {
      const { events } = await journal.append({
        sessionId,
        decide: (draft) => draft.append(...Array.from({ length: 1 + Math.floor(next() * 3) }, () => emitted)),
      });
      stored.push(events);
      last = events.at(-1)!.seq;
      const told = next();
      if (told < 0.2) continue;
      if (told < 0.3) nudges.nudge(sessionTopic(sessionId));
      const news = told < 0.7 ? events : stored[Math.floor(next() * stored.length)]!;
      nudges.nudge(sessionTopic(sessionId), () => news);
      if (told > 0.9) nudges.nudge(sessionTopic(sessionId), () => news);
      // It has its turn.
      await setImmediate();
    }
    nudges.nudge(sessionTopic(sessionId));
    await until('all have come', () => seqs.at(-1) === last);
    await following.return!();
    await reading;
    expect(seqs).toEqual(upTo(last));
  });
});
