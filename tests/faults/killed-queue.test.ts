import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createClient, type Client, type Event } from '../../src/client/index.ts';
import { promptOf } from '../support/provider-lion.ts';
import { openProviderServer } from '../support/provider-server.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';

const clientOf = ({ url, key }: ServerProcess): Client => createClient({ url, key, webSocketImpl: WebSocket });

test('a queue that is under way when its server is killed, again and again, goes on in order, one at a time', async () => {
  using scratch = scratchFolder();
  await using provider = await openProviderServer();
  const env = { LION_MODEL: 'openai-compatible/x', LION_MODEL_BASE_URL: provider.openaiUrl, LION_MODEL_API_KEY: 'none' };
  const asked: string[] = [];
  let underWay = 0;
  let fatal = '';
  let onFatal = (): void => {};
  provider.answerAll((exchange) => {
    const task = /task \d+/.exec(promptOf(exchange))![0];
    asked.push(task);
    expect(underWay).toBe(0);
    // Nobody is answered any more by whom the server is killed.
    if (task === fatal) return onFatal();
    underWay++;
    setImmediate(() => {
      underWay--;
      exchange.writeText('done');
      exchange.finish();
    });
  });
  const ids: string[] = [];
  let sessionId = '';
  for (const killedAt of ['task 2', 'task 5']) {
    fatal = killedAt;
    const reached = new Promise<void>((resolve) => (onFatal = resolve));
    await using server = await startServer(scratch.path, env);
    const client = clientOf(server);
    if (ids.length === 0) {
      sessionId = (await client.createSession({ onBusy: 'QUEUE' })).id;
      for (let number = 1; number <= 8; number++)
        ids.push((await client.perform({ instruction: `task ${number}` }, { sessionId })).id);
    }
    await reached;
    // What waits can be cancelled before and after a crash, and its place is passed over.
    if (killedAt === 'task 2') await client.cancelOperation(ids[2]!);
    else await client.cancelOperation(ids[6]!);
    const waiting = await client.operation(ids[7]!);
    expect(waiting).toMatchObject({ status: 'QUEUED', waitsForTurn: true, attempt: 0 });
    await server.kill('SIGKILL');
    await client.close();
  }
  fatal = '';
  await using server = await startServer(scratch.path, env);
  const client = clientOf(server);
  const course: string[] = [];
  for await (const event of client.followSession(sessionId)) {
    const line = lineOf(event);
    if (line !== undefined) course.push(line);
    if (line === '8 Succeeded') break;
  }
  expect(course.filter((line) => !line.endsWith('Cancelled'))).toEqual([
    '1 Started',
    '1 Succeeded',
    '2 Started',
    '2 Started',
    '2 Succeeded',
    '4 Started',
    '4 Succeeded',
    '5 Started',
    '5 Started',
    '5 Succeeded',
    '6 Started',
    '6 Succeeded',
    '8 Started',
    '8 Succeeded',
  ]);
  expect(asked).toEqual(['task 1', 'task 2', 'task 2', 'task 4', 'task 5', 'task 5', 'task 6', 'task 8']);
  await client.close();
}, 60_000);

function lineOf({ type, operation }: Event): string | undefined {
  const word = /^Operation(Started|Succeeded|Failed|Cancelled)$/.exec(type)?.[1];
  return word === undefined ? undefined : `${operation!.id.split('_').at(-1)} ${word}`;
}
