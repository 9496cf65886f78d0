import { createClient } from 'graphql-ws';
import { expect, it } from 'vitest';
import WebSocket from 'ws';
import { StorageError } from '../../src/database/errors.ts';
import { dataOf } from '../support/api.ts';
import { openTestLion } from '../support/lion.ts';

const fields = 'version uptimeSeconds queued running waiting oldestUnfinishedAt slots databaseBytes freeDiskBytes faults';

it('says how it is, once and live', async () => {
  await using test = await openTestLion();
  const { system } = dataOf(await test.query(`{ system { ${fields} } }`));
  expect(system).toMatchObject({ queued: 0, running: 0, waiting: 0, oldestUnfinishedAt: null, slots: 64, faults: [] });
  expect(system.version).toMatch(/^\d+\.\d+\.\d+/);
  expect(system.databaseBytes).toBeGreaterThan(1000);

  const client = createClient({
    url: `${test.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { 'X-API-Key': test.key },
  });
  const seen: unknown[] = [];
  for await (const { data } of client.iterate({ query: `subscription { system(everyMs: 250) { ${fields} } }` })) {
    seen.push(data);
    if (seen.length === 2) break;
  }
  expect(seen).toHaveLength(2);
  await client.dispose();
  expect((await test.query('subscription { system(everyMs: 1) { queued } }')).errors?.[0]).toBeDefined();
});

it('is alive, and ready until something is wrong, which it tells to admins alone', async () => {
  await using test = await openTestLion();
  const look = async (path: string, key?: string) => {
    const response = await fetch(`${test.url}${path}`, { headers: key === undefined ? {} : { 'x-api-key': key } });
    return { status: response.status, body: (await response.json()) as unknown };
  };
  expect(await look('/livez')).toEqual({ status: 200, body: { status: 'alive' } });
  expect(await look('/readyz')).toEqual({ status: 200, body: { status: 'ready' } });
  expect(await look('/readyz', test.key)).toEqual({ status: 200, body: { status: 'ready', faults: [] } });

  const { fault } = test.lion.database;
  test.lion.database.fault = () => new StorageError('STORAGE_FULL');
  expect(await look('/livez')).toMatchObject({ status: 200 });
  expect(await look('/readyz')).toEqual({ status: 503, body: { status: 'unready' } });
  expect(await look('/readyz', test.key)).toMatchObject({ status: 503, body: { faults: [expect.stringContaining('disk')] } });
  expect(await look('/readyz', 'lion_nobody')).toEqual({ status: 503, body: { status: 'unready' } });
  test.lion.database.fault = fault;
  expect(await look('/readyz')).toMatchObject({ status: 200 });
});

it('writes a line for each request and for each change of an operation, which name each other', async () => {
  const lines: Record<string, unknown>[] = [];
  await using test = await openTestLion({ onLog: (line) => lines.push(line) });
  const operation = await test.start('perform', { instruction: 'Say hello' });
  await test.follow(operation);
  const answer = await fetch(`${test.url}/livez`, { headers: { 'x-request-id': 'mine-1' } });
  expect(answer.headers.get('x-request-id')).toBe('mine-1');
  await answer.text();
  const changes = lines.filter(({ operation: id }) => id === operation.id).map(({ msg }) => msg);
  expect(changes).toEqual(['operation queued', 'operation started', 'operation succeeded']);
  expect(lines.find(({ request }) => request === 'mine-1')).toMatchObject({
    msg: 'request',
    method: 'GET',
    route: '/livez',
    status: 200,
  });
});
