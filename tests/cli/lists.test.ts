import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { createClient, type Client, type Operation, type Session, type UsageGroup } from '../../src/client/index.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';
import { cli } from './cli.ts';

/** More than the API gives at a time. */
const sessionCount = 130;

const folder = scratchFolder();
let lion: TestLion;
let client: Client;
let run: Operation;

beforeAll(async () => {
  lion = await openTestLion();
  client = createClient({ url: lion.url, key: lion.key, webSocketImpl: WebSocket });
  await Promise.all(Array.from({ length: sessionCount - 1 }, (_, number) => client.createSession({ title: `Shelf ${number}` })));
  run = await client.run({ instruction: 'Name a bakery' }, { waitMs: 20_000 });
});
afterAll(async () => {
  await client.close();
  await lion[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const ask = (...args: string[]) => cli(args, folder.path, { LION_URL: lion.url, LION_KEY: lion.key, TZ: 'UTC' });

/** What a command printed for programs; it says nothing beside. */
async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await ask(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

const cellsOf = (stdout: string): string[][] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));

test('lion sessions lists as many as are wanted, also more than a page of the API, and says that there are more', async () => {
  const { stdout, stderr } = await ask('sessions', '--first', '2');
  expect(cellsOf(stdout).map((cells) => cells.at(-1))).toEqual(['title', 'Name a bakery', expect.stringMatching(/^Shelf /)]);
  expect(stderr).toContain('lion: the newest 2 sessions; --all shows the others\n');
  const all = await json<Session[]>('sessions', '--all');
  expect(new Set(all.map(({ id }) => id)).size).toBe(sessionCount);
  expect(await json('sessions', '--first', '120')).toEqual(all.slice(0, 120));
  expect((await json<Session[]>('sessions', '--title', 'shelf 12', '--all')).map(({ title }) => `${title}`).toSorted()).toEqual([
    'Shelf 12',
    ...Array.from({ length: 9 }, (_, digit) => `Shelf 12${digit}`),
  ]);
  expect((await ask('sessions', '--status', 'expired')).stdout).toBe('There are no such sessions.\n');
});

test('lion operations lists what was started: of the project or of one session, by status and kind', async () => {
  const { stdout } = await ask('operations');
  const [head, row, ...others] = cellsOf(stdout);
  expect(head).toEqual(['id', 'kind', 'status', 'created', 'took', 'tokens', 'cost', 'instruction']);
  expect(row).toEqual([
    run.id,
    'run',
    'succeeded',
    expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d$/),
    expect.stringMatching(/ s$/),
    expect.stringMatching(/^[\d,]+$/),
    '$0.00',
    'Name a bakery',
  ]);
  expect(others).toEqual([]);
  const kindsOf = async (...args: string[]) => (await json<Operation[]>('operations', ...args)).map(({ kind }) => kind);
  expect(await kindsOf('--children')).toEqual(['plan', 'select', 'brainstorm', 'run']);
  expect(await kindsOf('--children', '--kind', 'plan', '--kind', 'select')).toEqual(['plan', 'select']);
  expect(await kindsOf('--session', run.session.id, '--first', '1')).toEqual(['run']);
  expect(await kindsOf('--status', 'failed', '--status', 'running')).toEqual([]);
  expect(await ask('operations', '--session', 'ses_none')).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/There is no session ses_none\.\n$/) as string,
  });
});

test('lion cancel stops each that it can, and says which it cannot', async () => {
  const waiting = await Promise.all(
    ['North', 'South'].map((instruction) => client.select({ instruction, choices: [{ label: 'here' }], by: 'PERSON' })),
  );
  const [first, second] = waiting.map(({ id }) => id) as [string, string];
  const { code, stdout, stderr } = await ask('cancel', first, run.id, 'op_none');
  expect({ code, stdout }).toEqual({ code: 1, stdout: `Cancelled ${first}.\n` });
  expect(stderr).toMatch(new RegExp(`lion: .*${run.id}.*succeeded.*\nlion: .*op_none`, 'i'));
  expect(await json('cancel', second)).toEqual([{ id: second, status: 'CANCELLED' }]);
  expect((await client.operation(first))?.status).toBe('CANCELLED');
});

test('lion usage adds up what model calls used', async () => {
  const { stdout } = await ask('usage', '--by', 'kind');
  const [head, ...rows] = cellsOf(stdout);
  expect(head).toEqual(['kind', 'calls', 'input', 'output', 'cost']);
  expect(rows.map(([kind, calls]) => `${kind}: ${calls}`).toSorted()).toEqual(['brainstorm: 1', 'plan: 1', 'select: 1']);
  const groups = await json<UsageGroup[]>('usage', '--by', 'key', '--by', 'day');
  expect(groups).toEqual([expect.objectContaining({ calls: 3, day: new Date().toISOString().slice(0, 10), model: null })]);
  expect((await ask('usage', '--from', '2026-01-01', '--to', '2026-01-31')).stdout).toBe('No model was asked in this time.\n');
  expect((await ask('usage', '--from', '2026-02-30')).stderr).toContain('It must be a day, as in 2026-11-25.');
});
