import SQLite from 'better-sqlite3';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createClient, type Client } from '../../src/client/index.ts';
import { examine } from '../../src/doctor/doctor.ts';
import { until } from '../support/api.ts';
import { openProviderServer } from '../support/provider-server.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';

const clientOf = ({ url, key }: ServerProcess): Client => createClient({ url, key, webSocketImpl: WebSocket });

const reservationsIn = (folder: string): number => {
  const database = new SQLite(join(folder, 'lion.db'), { readonly: true });
  try {
    return database.prepare('SELECT COUNT(*) FROM "Reservation"').pluck().get() as number;
  } finally {
    database.close();
  }
};

it('a server that is killed in the midst of calls leaves no reservation: what they may have used is spent', async () => {
  using scratch = scratchFolder();
  await using provider = await openProviderServer();
  const env = {
    LION_MODEL: 'openai-compatible/x',
    LION_MODEL_BASE_URL: provider.openaiUrl,
    LION_MODEL_API_KEY: 'none',
    LION_MAX_OUTPUT_TOKENS: '500',
  };
  const ids: string[] = [];
  let reserved = 0;
  {
    await using server = await startServer(scratch.path, env);
    const client = clientOf(server);
    await client.setBudget({ scope: 'PROJECT', period: 'TOTAL', tokens: 100_000 });
    for (let number = 0; number < 3; number++)
      ids.push((await client.perform({ instruction: 'Say something' }, { budget: { tokens: 50_000 } })).id);
    // The calls are made, and one has begun to be answered.
    const asked = await Promise.all(ids.map(() => provider.nextRequest()));
    asked[0]!.writeText('Some');
    const [budget] = await client.budgets();
    ({ reserved } = budget!.tokens!);
    expect(reserved).toBeGreaterThan(1500);
    expect(budget!.tokens).toMatchObject({ spent: 0, assumed: 0 });
    await server.kill('SIGKILL');
    await client.close();
  }
  expect(reservationsIn(scratch.path)).toBe(3);
  await using server = await startServer(scratch.path, env);
  const client = clientOf(server);
  const again = await Promise.all(ids.map(() => provider.nextRequest()));
  // What is reserved now is for the calls that are made again.
  expect((await client.budgets())[0]!.tokens).toMatchObject({ spent: reserved, assumed: reserved, reserved });
  for (const exchange of again) {
    exchange.writeText('Something');
    exchange.finish();
  }
  for (const id of ids) await until('it has succeeded', async () => (await client.operation(id))?.status === 'SUCCEEDED');
  const spent = reserved + 3 * 18;
  expect((await client.budgets())[0]!.tokens).toEqual({
    limit: 100_000,
    spent,
    assumed: reserved,
    reserved: 0,
    remaining: 100_000 - spent,
  });
  await client.close();
  await server.kill('SIGKILL');
  expect(reservationsIn(scratch.path)).toBe(0);
  expect(examine(join(scratch.path, 'lion.db')).findings).toEqual([]);
}, 60_000);
