import { describe, expect, it } from 'vitest';
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';
import { otherProject, until } from '../support/api.ts';
import { gate } from '../support/gate.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { webSocketUrl } from '../support/sockets.ts';
import { z } from 'zod';
import { define } from '../../src/operations/definition.ts';

const connect = (lion: TestLion, key = lion.key): Client =>
  createClient({
    url: webSocketUrl(lion),
    webSocketImpl: WebSocket,
    connectionParams: { 'X-API-Key': key },
    retryAttempts: 0,
  });

/** The first answers of a subscription. */
async function first(client: Client, query: string, variables: Record<string, unknown>, count = 1): Promise<unknown[]> {
  const answers: unknown[] = [];
  for await (const answer of client.iterate({ query, variables })) if (answers.push(answer) === count) break;
  return answers;
}

describe('subscriptions that ask the same', () => {
  const started = `subscription ($id: ID!, $after: Int! = 0) {
    sessionEvents(sessionId: $id, after: $after, types: [OperationStarted]) { seq operation { status } } }`;

  it('share a result only while it is as good as new: who comes later sees the operation as it is then', async () => {
    const inside = gate();
    const waiting = define({
      kind: 'waiting',
      version: 1,
      description: 'Waits.',
      input: z.object({ text: z.string() }),
      output: z.object({ done: z.boolean() }),
      execute: async ({ step }) => ({ done: await step('wait', () => inside.opened.then(() => true)) }),
    });
    await using lion = await openTestLion({ definitions: [waiting] });
    const client = connect(lion);
    const sessionId = await lion.lion.sessions.create(lion.lion.defaultProjectId, {});
    // Whoever follows the session all the time keeps its newest events at hand, for all.
    const follower = await lion.lion.feed.followSession(sessionId, { after: 0 });
    const { number } = await lion.start('waiting', { text: 'x' }, { sessionId });
    const running = { data: { sessionEvents: { seq: 3, operation: { status: 'RUNNING' } } } };
    const after = (cursor: number): Promise<unknown[]> => first(client, started, { id: sessionId, after: cursor });
    // At different places, and both among what is at hand.
    expect(await Promise.all([after(1), after(2)])).toEqual([[running], [running]]);
    inside.open();
    await lion.follow({ sessionId, number });
    await until('a later look shows the operation as it is', async () => {
      const [answer] = await after(1);
      return JSON.stringify(answer).includes('SUCCEEDED');
    });
    await follower.return?.();
    await client.dispose();
  });

  it('are told apart by their documents, their variables and their projects', async () => {
    await using lion = await openTestLion();
    const { sessionId } = await lion.start('perform', { instruction: 'x' }, { waitMs: 20_000 });
    const client = connect(lion);
    const stranger = connect(lion, await otherProject(lion));
    const titled = `subscription ($id: ID!, $title: Boolean!) {
      sessionEvents(sessionId: $id) { seq session { id title @include(if: $title) } } }`;
    const typed = `subscription ($id: ID!) { sessionEvents(sessionId: $id) { seq type } }`;
    const [withTitle, without, type, refused] = await Promise.all([
      first(client, titled, { id: sessionId, title: true }),
      first(client, titled, { id: sessionId, title: false }),
      first(client, typed, { id: sessionId }),
      first(stranger, typed, { id: sessionId }).catch((error: unknown) => error),
    ]);
    expect(withTitle).toEqual([{ data: { sessionEvents: { seq: 1, session: { id: sessionId, title: 'x' } } } }]);
    expect(without).toEqual([{ data: { sessionEvents: { seq: 1, session: { id: sessionId } } } }]);
    expect(type).toEqual([{ data: { sessionEvents: { seq: 1, type: 'SessionCreated' } } }]);
    expect(JSON.stringify(refused)).toContain('SESSION_NOT_FOUND');
    // A cursor is none of what tells them apart, and yet each is where it is.
    const after = (cursor: number): Promise<unknown[]> => first(client, started, { id: sessionId, after: cursor });
    expect(await Promise.all([after(0), after(2)])).toEqual([
      [{ data: { sessionEvents: { seq: 3, operation: { status: 'SUCCEEDED' } } } }],
      [{ data: { sessionEvents: { seq: 3, operation: { status: 'SUCCEEDED' } } } }],
    ]);
    await client.dispose();
    await stranger.dispose();
  });
});
