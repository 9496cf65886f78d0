import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { createClient, type Client, type Event } from '../../src/client/index.ts';
import { define } from '../../src/operations/definition.ts';
import { perform } from '../../src/operations/perform.ts';
import { dataOf, gate, otherProject, until } from '../support/api.ts';
import { openTestLion, refOf, type TestLion } from '../support/lion.ts';
import { scripted } from '../support/scripted.ts';

const clientOf = ({ url, key }: TestLion): Client => createClient({ url, key, webSocketImpl: WebSocket });

const forkDocument = /* GraphQL */ `
  mutation ($input: ForkSessionInput!) {
    forkSession(input: $input) {
      __typename
      ... on Session {
        id
        title
        metadata
        status
        createdAt
        expiresAt
        lastSeq
        forkSeq
        forkedFrom {
          id
        }
        usage {
          inputTokens
        }
      }
      ... on Error {
        code
        message
      }
      ... on ForkBeyondEndError {
        lastSeq
      }
    }
  }
`;
const fork = async (lion: TestLion, input: Record<string, unknown>, key?: string) =>
  dataOf(await lion.query(forkDocument, { input }, key)).forkSession;
const remove = async (lion: TestLion, id: string) =>
  dataOf(await lion.query('mutation($id: ID!) { deleteSession(id: $id) { __typename } }', { id })).deleteSession.__typename;

/** The events of a session up to its end, as a client that follows it from a cursor is told of them. */
async function followed(lion: TestLion, sessionId: string, after = 0): Promise<Event[]> {
  const client = clientOf(lion);
  const { lastSeq } = (await client.session(sessionId))!;
  const events: Event[] = [];
  if (after < lastSeq)
    for await (const event of client.followSession(sessionId, { after })) {
      events.push(event);
      if (event.seq === lastSeq) break;
    }
  await client.close();
  return events;
}

const perform1 = (lion: TestLion, sessionId?: string) =>
  clientOf(lion).perform({ instruction: 'Say something' }, { ...(sessionId && { sessionId }), waitMs: 30_000 });
const sessionOf = (operationId: string): string => refOf(operationId).sessionId;
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe('a fork', () => {
  test('shares the past, and goes its own way, wherever it is read from', async () => {
    await using lion = await openTestLion();
    const first = await perform1(lion);
    const parent = sessionOf(first.id);
    const second = await perform1(lion, parent);
    const before = await followed(lion, parent);
    const atSeq = before.find(({ operation }) => operation?.id === second.id)!.seq - 1;

    const made = await fork(lion, { id: parent, atSeq, title: 'Another way' });
    expect(made).toMatchObject({ title: 'Another way', lastSeq: atSeq + 1, forkSeq: atSeq, forkedFrom: { id: parent } });
    const third = await perform1(lion, made.id);
    expect(refOf(third.id)).toEqual({ sessionId: made.id, number: 2 });
    await perform1(lion, parent);

    const inParent = await followed(lion, parent);
    const inFork = await followed(lion, made.id);
    expect(inFork.map(({ seq }) => seq)).toEqual(upTo(inFork.length));
    const told = (events: Event[], upToSeq: number) =>
      events
        .filter(({ seq }) => seq <= upToSeq)
        .map(({ operation, ...event }) => ({ ...event, number: operation && refOf(operation.id).number }));
    expect(told(inFork, atSeq)).toEqual(told(inParent, atSeq));
    expect(inFork[atSeq]).toMatchObject({ type: 'SessionForked', title: 'Another way', forkedFromId: parent, unfinished: [] });
    expect(new Set(inFork.map(({ operation }) => operation && sessionOf(operation.id)))).toEqual(new Set([null, made.id]));
    expect(inParent.some(({ type }) => type === 'SessionForked')).toBe(false);
    expect(inParent.slice(0, before.length)).toEqual(before);
    for (const after of [1, atSeq - 1, atSeq, atSeq + 1, inFork.length - 1])
      expect(await followed(lion, made.id, after)).toEqual(inFork.slice(after));
  });
});
