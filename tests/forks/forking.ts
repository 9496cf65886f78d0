import { WebSocket } from 'ws';
import { z } from 'zod';
import { createClient, type Client, type Event, type Operation } from '../../src/client/index.ts';
import { beingRemoved } from '../../src/history/what-may-go.ts';
import { define } from '../../src/operations/definition.ts';
import { perform } from '../../src/operations/perform.ts';
import { dataOf, gate, until } from '../support/api.ts';
import { refOf, type TestLion } from '../support/lion.ts';

export const clientOf = ({ url, key }: Pick<TestLion, 'url' | 'key'>): Client =>
  createClient({ url, key, webSocketImpl: WebSocket });

const sessionFields =
  'id title metadata status createdAt expiresAt lastSeq forkSeq forkedFrom { id } usage { inputTokens outputTokens }';
const forkDocument = `mutation($input: ForkSessionInput!) {
  forkSession(input: $input) {
    __typename
    ... on Session { ${sessionFields} }
    ... on Error { code message }
    ... on ForkBeyondEndError { lastSeq }
  }
}`;

export const fork = async (lion: TestLion, input: Record<string, unknown>, key?: string) =>
  dataOf(await lion.query(forkDocument, { input }, key)).forkSession;

export const remove = async (lion: TestLion, id: string) =>
  dataOf(await lion.query('mutation($id: ID!) { deleteSession(id: $id) { __typename } }', { id })).deleteSession.__typename;

/** The events of a session up to its end, as a client that follows it from a cursor is told of them. */
export async function followed(lion: Pick<TestLion, 'url' | 'key'>, sessionId: string, after = 0): Promise<Event[]> {
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

/** Says something, in a session or in a new one. */
export const say = (lion: TestLion, sessionId?: string): Promise<Operation> =>
  clientOf(lion).perform({ instruction: 'Say something' }, { ...(sessionId && { sessionId }), waitMs: 30_000 });

export const sessionOf = (operationId: string): string => refOf(operationId).sessionId;
export const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

const gates = new Map<string, ReturnType<typeof gate>>();

/** Lets the errands of a name come to their end. */
export function letGo(name: string): void {
  gateOf(name).open();
}

function gateOf(name: string): ReturnType<typeof gate> {
  let found = gates.get(name);
  if (!found) gates.set(name, (found = gate()));
  return found;
}

/** Has a child that speaks, and then waits until it is let go. */
export const errand = define({
  kind: 'errand',
  version: 1,
  description: 'Waits.',
  input: z.object({ name: z.string() }),
  output: z.object({ text: z.string() }),
  async execute({ input, step, child, signal }) {
    await step('pack', () => 1);
    await child(perform, { instruction: 'On the way' });
    await step('wait', async () => {
      const gone = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      await Promise.race([gateOf(input.name).opened, gone]);
    });
    return { text: 'Back' };
  },
});

/** Starts an errand, which stays under way. @returns it, once it waits */
export async function underWay(lion: TestLion, name: string, sessionId?: string): Promise<string> {
  const { id } = await lion.start('errand', { name }, sessionId === undefined ? {} : { sessionId });
  await until('it waits', async () =>
    (await lion.history(sessionOf(id))).some(({ payload }) => (payload as { step?: string }).step === 'wait'),
  );
  return id;
}

/** What was deleted is removed. */
export const untilRemoved = ({ lion }: TestLion) =>
  until(
    'what was deleted is removed',
    async () => (await lion.database.reader.session.count({ where: { projectId: beingRemoved } })) === 0,
  );

/** How many rows there are, of every table that belongs to sessions, once what was deleted is removed. */
export async function allRows(test: TestLion): Promise<Record<string, number>> {
  await untilRemoved(test);
  const { reader } = test.lion.database;
  const [sessions, heads, forks, operations, steps, events] = await Promise.all([
    reader.session.count(),
    reader.sessionHead.count(),
    reader.fork.count(),
    reader.operation.count(),
    reader.step.count(),
    reader.event.count(),
  ]);
  return { sessions, heads, forks, operations, steps, events };
}
