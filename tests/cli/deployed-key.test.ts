import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { weaknessOf } from '../../src/access/deployed-key.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer } from '../support/server-process.ts';
import { cli } from './cli.ts';

const random = (): string => randomBytes(32).toString('base64');
const weak = 'your-secret-key';

/** Who a key lets in: the status of the answer, and the role. */
async function whoIs(url: string, key: string, host = new URL(url).host): Promise<{ status: number; role?: string }> {
  const headers = { 'content-type': 'application/json', 'x-api-key': key, host };
  const asked = request(`${url}/graphql`, { method: 'POST', headers });
  asked.end(JSON.stringify({ query: '{ viewer { role } }' }));
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const role = /"role":"(\w+)"/.exec(await text(response))?.[1];
  return { status: response.statusCode!, ...(role !== undefined && { role }) };
}

describe('LION_API_KEY', () => {
  it('is an admin key from the first start on, and is neither printed nor kept in a file', async () => {
    using folder = scratchFolder();
    const secret = random();
    await using server = await startServer(folder.path, { LION_API_KEY: secret });
    expect(await whoIs(server.url, secret)).toEqual({ status: 200, role: 'ADMIN' });
    expect(existsSync(join(folder.path, 'lion.db.key'))).toBe(false);
    expect(server.stdout + server.stderr).not.toContain(secret);
    const { code, stdout } = await cli(['sessions'], folder.path, { LION_API_KEY: secret });
    expect([code, stdout]).toEqual([0, 'There are no sessions.\n']);
  });

  it('that is changed takes the place of the one before, which is refused from then on', async () => {
    using folder = scratchFolder();
    const [first, second] = [random(), random()];
    await (await startServer(folder.path, { LION_API_KEY: first })).kill();
    {
      await using server = await startServer(folder.path, { LION_API_KEY: second });
      expect(await whoIs(server.url, second)).toEqual({ status: 200, role: 'ADMIN' });
      expect(await whoIs(server.url, first)).toEqual({ status: 401 });
    }
    const { code, stderr } = await cli(['serve'], folder.path, { LION_API_KEY: first, LION_PORT: '0' });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/LION_API_KEY: was revoked, or replaced by another/)]);
    await using server = await startServer(folder.path, { LION_API_KEY: second });
    expect(await whoIs(server.url, second)).toEqual({ status: 200, role: 'ADMIN' });
  });

  it.for([
    ['without LION_DEV', {}],
    ['where other machines reach it', { LION_DEV: '1', LION_HOST: '0.0.0.0' }],
  ] as const)('that can be guessed keeps Lion from starting %s, in words that do not repeat it', async ([, env]) => {
    using folder = scratchFolder();
    const { code, stdout, stderr } = await cli(['serve'], folder.path, { LION_PORT: '0', ...env, LION_API_KEY: weak });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/LION_API_KEY: can be guessed.*openssl rand -base64 32.*LION_DEV=1/s);
    expect(stderr).not.toContain(weak);
  });

  it('that can be guessed works under development on loopback, for those alone who ask for this machine', async () => {
    using folder = scratchFolder();
    {
      await using server = await startServer(folder.path, { LION_API_KEY: weak, LION_DEV: '1' });
      expect(await whoIs(server.url, weak)).toEqual({ status: 200, role: 'ADMIN' });
      expect(await whoIs(server.url, weak, 'rebound.example')).toEqual({ status: 421 });
    }
    await using exposed = await startServer(folder.path, { LION_API_KEY: random() });
    expect(await whoIs(exposed.url, weak)).toEqual({ status: 401 });
  });

  it.for([
    ['words', 'two words'],
    ['what is not ASCII', 'smörgåsbord-smörgåsbord-smörgåsbord'],
    ['what is too long', 'x'.repeat(2000)],
  ] as const)('that no header can carry keeps Lion from starting: %s', async ([, secret]) => {
    using folder = scratchFolder();
    const { code, stderr } = await cli(['serve'], folder.path, { LION_PORT: '0', LION_API_KEY: secret });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/LION_API_KEY: must be at most \d+ visible ASCII characters/)]);
    expect(stderr).not.toContain(secret);
  });
});

describe('what can be guessed', () => {
  it.for([
    'your-secret-key',
    'changeme',
    'changeme-changeme-changeme-changeme',
    'my-super-secret-password-for-lion',
    'a'.repeat(64),
    'abc123xyz!'.repeat(6),
    'abcdefghijklmnopqrstuvwxyz',
    'zyxwvutsrqponmlkjihgfedcba9876543210',
    'k3J9-x2Qp',
  ])('is told of %s', (secret) => {
    expect(weaknessOf(secret)).toEqual(expect.any(String));
  });

  it('is never told of what is random', () => {
    const makers = [
      () => random(),
      () => randomBytes(32).toString('hex'),
      () => randomBytes(24).toString('base64url'),
      () => randomUUID(),
      () => `lion_${randomBytes(32).toString('base64url')}`,
    ];
    const called = makers
      .flatMap((make) => Array.from({ length: 2000 }, make))
      .filter((secret) => weaknessOf(secret) !== undefined);
    expect(called).toEqual([]);
  });
});
