import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createClient, type Client, type Event } from '../../src/client/index.ts';
import { until } from '../support/api.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer, waitingServer, type ServerProcess } from '../support/server-process.ts';

const clientOf = ({ url, key }: ServerProcess): Client => createClient({ url, key, webSocketImpl: WebSocket });

/** All events of an operation, once it has ended. */
async function eventsOf(client: Client, id: string): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of client.followOperation(id)) events.push(event);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => events[0]!.seq + index));
  return events;
}

const untilWaiting = (client: Client, id: string) =>
  until(`${id} waits`, async () => {
    const operation = await client.operation(id);
    return operation?.status === 'WAITING' && operation;
  });

const workOf = (folder: string): string[] => readFileSync(join(folder, 'done.log'), 'utf8').trim().split('\n');

it(
  'a server that is killed again and again while a person is asked takes the answer right after it is back, repeats nothing, and blames nobody',
  { timeout: 120_000 },
  async () => {
    using scratch = scratchFolder();
    let id: string | undefined;
    let asking = '';
    for (let round = 0; round < 3; round++) {
      await using server = await startServer(scratch.path, {}, waitingServer);
      const client = clientOf(server);
      id ??= (await client.start('boss', { text: 'it', levels: 1 })).id;
      asking = await until('a child asks, and those who wait for it run', async () => {
        const { nodes } = await client.operations();
        const isReady = nodes.length === 3 && nodes.filter(({ status }) => status === 'RUNNING').length === 2;
        return isReady && nodes.find(({ inputRequest }) => inputRequest !== null)?.id;
      });
      await client.close();
      await server.kill('SIGKILL');
    }
    {
      await using server = await startServer(scratch.path, {}, waitingServer);
      const client = clientOf(server);
      // And again, as whoever got no answer would.
      const input = { operationId: asking, name: 'approval', answer: { approved: true } };
      expect(await client.answerOperation(input)).toMatchObject({ id: asking });
      await expect(client.answerOperation(input)).rejects.toMatchObject({ code: 'INPUT_ALREADY_RECEIVED' });
      await client.close();
      // Perhaps before it has gone on.
      await server.kill('SIGKILL');
    }
    await using server = await startServer(scratch.path, {}, waitingServer);
    const client = clientOf(server);
    const events = await eventsOf(client, id!);
    expect(events.at(-1)).toMatchObject({ type: 'OperationSucceeded', operation: { id } });
    for (const type of ['InputRequested', 'OperationWaiting', 'InputReceived', 'OperationResumed'])
      expect(events.filter((event) => event.type === type)).toHaveLength(1);
    expect(workOf(scratch.path).filter((line) => line === 'before')).toHaveLength(1);
    await client.close();
  },
);

it('a sleep ends in its time although the server is killed, and a person selects afterwards', { timeout: 120_000 }, async () => {
  using scratch = scratchFolder();
  const ids: string[] = [];
  let selecting: string;
  let asleep: { until: string | null }[];
  {
    await using server = await startServer(scratch.path, {}, waitingServer);
    const client = clientOf(server);
    const choices = ['Rye', 'Spelt'].map((label) => ({ label }));
    selecting = (await client.select({ instruction: 'Which flour?', choices, by: 'PERSON' })).id;
    await untilWaiting(client, selecting);
    for (const ms of [1, 3000, 3_600_000]) ids.push((await client.start('nap', { ms })).id);
    await eventsOf(client, ids[0]!);
    asleep = await Promise.all(
      ids.slice(1).map(async (id) => {
        await untilWaiting(client, id);
        for await (const event of client.followOperation(id)) if (event.type === 'OperationWaiting') return event;
        throw new Error('It did not wait');
      }),
    );
    await client.close();
    await server.kill('SIGKILL');
  }
  const wakesAt = Date.parse(asleep[0]!.until!);
  await using server = await startServer(scratch.path, {}, waitingServer);
  const client = clientOf(server);
  const events = await eventsOf(client, ids[1]!);
  expect(events.at(-1)).toMatchObject({ type: 'OperationSucceeded' });
  const resumed = events.find(({ type }) => type === 'OperationResumed')!;
  expect(Date.parse(resumed.at)).toBeGreaterThanOrEqual(wakesAt - 2);
  expect(await client.operation(ids[2]!)).toMatchObject({ status: 'WAITING', inputRequest: null });
  // The two that have ended did each piece of work once.
  expect(workOf(scratch.path).toSorted()).toEqual(['after', 'after', 'before', 'before', 'before']);
  await client.answerOperation({ operationId: selecting, name: 'selection', answer: { selected: ['choice-2'] } });
  await eventsOf(client, selecting);
  expect(await client.operation(selecting)).toMatchObject({
    status: 'SUCCEEDED',
    output: { selected: [{ choice: { label: 'Spelt' }, score: null }] },
  });
  await client.cancelOperation(ids[2]!);
  await client.close();
});
