import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Key, KeyLimits } from '../../src/client/index.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { cli } from './cli.ts';

const folder = scratchFolder();
let server: ServerProcess;

beforeAll(async () => {
  server = await startServer(folder.path);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const ask = (...args: string[]) => cli(['keys', ...args], folder.path, { LION_URL: server.url, LION_KEY: server.key, TZ: 'UTC' });

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await ask(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as T;
}

/** What GraphQL says to a key or a token: its role, or why it is refused. */
async function roleOf(secret: string): Promise<string> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': secret },
    body: JSON.stringify({ query: '{ viewer { role } }' }),
  });
  const answer = (await response.json()) as { data?: { viewer: { role: string } }; errors?: [{ extensions: { code: string } }] };
  return answer.errors ? answer.errors[0].extensions.code : answer.data!.viewer.role;
}

/** What a command printed that makes a secret: that alone on standard output, all about it beside. */
async function secretOf(...args: string[]): Promise<{ secret: string; said: string }> {
  const { code, stdout, stderr } = await ask(...args);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\S+\n$/);
  expect(stderr).not.toContain(stdout.trim());
  return { secret: stdout.trim(), said: stderr };
}

test('a key is made, listed without its secret, rotated with an overlap, and revoked', async () => {
  const made = await secretOf('create', 'the web app', '--role', 'operator', '--expires-in', '30d');
  expect(made.said).toMatch(
    /Made the operator key key_\w+, "the web app", which expires \d{4}-.*\. Its secret is shown this once:\n$/,
  );
  expect(await roleOf(made.secret)).toBe('OPERATOR');

  const listed = await ask('list');
  const [head, row] = listed.stdout.split('\n').map((line) => line.split(/ {2,}/)) as [string[], string[]];
  expect(head).toEqual(['id', 'begins with', 'role', 'status', 'created', 'expires', 'last used', 'name']);
  expect(row.slice(2, 4).concat(row.at(-1)!)).toEqual(['operator', 'active', 'the web app']);
  expect(listed.stdout).not.toContain(made.secret);
  const id = row[0]!;
  expect((await json<Key[]>())[0]).toMatchObject({ id, prefix: made.secret.slice(0, 11), role: 'OPERATOR' });

  const rotated = await secretOf('rotate', id, '--overlap', '1h');
  expect(rotated.said).toMatch(
    /Rotated the operator key .* The former secret works until \d{4}-.* Its secret is shown this once/,
  );
  expect(await Promise.all([roleOf(rotated.secret), roleOf(made.secret)])).toEqual(['OPERATOR', 'OPERATOR']);
  const again = await secretOf('rotate', id, '--overlap', '0s');
  expect(again.said).toContain('The former secret works no more.');
  expect(await Promise.all([roleOf(again.secret), roleOf(rotated.secret)])).toEqual(['OPERATOR', 'UNAUTHENTICATED']);

  expect((await ask('revoke', id)).stdout).toBe(`Revoked ${id}, "the web app".\n`);
  expect(await roleOf(again.secret)).toBe('UNAUTHENTICATED');
});

test('the last admin key is revoked by force alone', async () => {
  const [admin] = (await json<Key[]>()).filter(({ role, status }) => role === 'ADMIN' && status === 'ACTIVE');
  const refused = await ask('revoke', admin!.id);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/last .*admin/i);
  expect(await roleOf(server.key)).toBe('ADMIN');
});

test('limits of a key are shown, set, and taken back', async () => {
  const { id, secret } = await json<Key & { secret: string }>('create', 'a script', '--role', 'viewer');
  expect(await roleOf(secret)).toBe('VIEWER');
  expect((await ask('limits', id)).stdout).toMatch(/^what +at most\nrequests +as all keys\n/);
  expect(await json<KeyLimits>('limits', id, '--requests', '0', '--sessions', '7')).toMatchObject({
    requests: 0,
    sessions: 7,
    operations: null,
  });
  expect(await roleOf(secret)).toBe('RATE_LIMITED');
  expect(await json<KeyLimits>('limits', id, '--requests', 'default')).toMatchObject({ requests: null, sessions: 7 });
  expect(await roleOf(secret)).toBe('VIEWER');
  expect(await ask('limits', 'key_none')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('There is no key key_none.') as string,
  });
  expect((await ask('limits', id, '--requests', 'many')).code).toBe(2);
});

test('a token is made for a browser, with no higher role', async () => {
  const { secret, said } = await secretOf('token', '--role', 'operator', '--expires-in', '5m');
  expect(said).toMatch(/Made a operator token for the project, which works until \d{4}-/);
  expect(await roleOf(secret)).toBe('OPERATOR');
  const viewer = await secretOf('create', 'looks', '--role', 'viewer');
  const refused = await cli(['keys', 'token', '--role', 'admin'], folder.path, { LION_URL: server.url, LION_KEY: viewer.secret });
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect((await ask('token', '--expires-in', '2h')).code).toBe(2);
});

test('who is no admin is told so', async () => {
  const { secret } = await secretOf('create', 'works', '--role', 'operator');
  const refused = await cli(['keys'], folder.path, { LION_URL: server.url, LION_KEY: secret });
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/lion: .*admin/i);
});
