import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Role } from '../../src/access/key.ts';
import { dataOf, otherProject, until } from '../support/api.ts';
import { testClock } from '../support/clock.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { scratchFolder } from '../support/scratch.ts';

afterEach(() => vi.restoreAllMocks());

const keyFields =
  'id name role prefix status createdAt expiresAt revokedAt lastUsedAt formerSecrets { prefix endsAt lastUsedAt }';

async function createKey(lion: TestLion, name: string, role: Role, expiresInSeconds?: number) {
  const document = `mutation ($input: CreateKeyInput!) { createKey(input: $input) { ... on CreatedKey { secret key { ${keyFields} } } } }`;
  const input = { name, role: role.toUpperCase(), ...(expiresInSeconds !== undefined && { expiresInSeconds }) };
  return dataOf(await lion.query(document, { input })).createKey as {
    secret: string;
    key: { id: string; [field: string]: unknown };
  };
}

const rotate = async (lion: TestLion, id: string, overlapSeconds: number) =>
  dataOf(
    await lion.query(
      `mutation ($id: ID!, $overlapSeconds: Int!) {
        rotateKey(id: $id, overlapSeconds: $overlapSeconds) { ... on CreatedKey { secret key { ${keyFields} } } ... on Error { code message } }
      }`,
      { id, overlapSeconds },
    ),
  ).rotateKey;

const revoke = async (lion: TestLion, id: string, force = false) =>
  dataOf(
    await lion.query(
      `mutation ($id: ID!, $force: Boolean!) { revokeKey(id: $id, force: $force) { ... on Key { ${keyFields} } ... on Error { code message } } }`,
      { id, force },
    ),
  ).revokeKey;

const list = async (lion: TestLion, key?: string) =>
  dataOf(await lion.query(`{ keys { nodes { ${keyFields} } } }`, {}, key)).keys.nodes as {
    id: string;
    name: string;
    lastUsedAt: string | null;
  }[];

/** Who a key lets in; or why it does not. */
async function whoIs(lion: TestLion, key: string): Promise<string> {
  const { data, errors } = await lion.query('{ viewer { keyName } }', {}, key);
  return errors ? errors[0]!.message : data.viewer.keyName;
}

describe('a key', () => {
  it('is shown once, begins so that it can be found, and is kept as its SHA-256 alone', async () => {
    await using lion = await openTestLion();
    const { secret, key } = await createKey(lion, 'front end', 'operator');
    expect(secret).toMatch(/^lion_[A-Za-z0-9_-]{43}$/);
    expect(Buffer.from(secret.slice('lion_'.length), 'base64url')).toHaveLength(32);
    expect(key).toMatchObject({
      name: 'front end',
      role: 'OPERATOR',
      prefix: secret.slice(0, 11),
      status: 'ACTIVE',
      expiresAt: null,
    });
    expect(await whoIs(lion, secret)).toBe('front end');
    expect(JSON.stringify(await list(lion))).not.toContain(secret.slice(12));
    const rows = JSON.stringify(await lion.lion.database.reader.key.findMany());
    expect(rows).not.toContain(secret.slice(12));
    expect(rows).toContain(await sha256(secret));
  });

  it('works until it expires', async () => {
    const clock = testClock();
    await using lion = await openTestLion({ clock });
    const { secret, key } = await createKey(lion, 'for an hour', 'viewer', 3600);
    expect(await whoIs(lion, secret)).toBe('for an hour');
    clock.pass(3_600_000);
    expect(await whoIs(lion, secret)).toMatch(/has expired/);
    expect(await list(lion)).toMatchObject([{ id: key.id, status: 'EXPIRED' }, { name: 'test' }]);
    expect(await rotate(lion, key.id, 0)).toMatchObject({ code: 'KEY_NOT_ROTATABLE' });
  });

  it('that is revoked is refused at once, and stays so', async () => {
    await using lion = await openTestLion();
    const { secret, key } = await createKey(lion, 'leaked', 'viewer');
    expect(await whoIs(lion, secret)).toBe('leaked');
    const revoked = await revoke(lion, key.id);
    expect(revoked).toMatchObject({ status: 'REVOKED', revokedAt: expect.any(String) });
    expect(await whoIs(lion, secret)).toMatch(/was revoked/);
    expect(await revoke(lion, key.id)).toEqual(revoked);
    expect(await rotate(lion, key.id, 0)).toMatchObject({ code: 'KEY_NOT_ROTATABLE' });
  });

  it('that is rotated has a new secret at once, and its former one until the overlap is over', async () => {
    const clock = testClock();
    await using lion = await openTestLion({ clock });
    const { secret: first, key } = await createKey(lion, 'server', 'operator');
    expect(await whoIs(lion, first)).toBe('server');
    const { secret: second, key: rotated } = await rotate(lion, key.id, 600);
    expect(second).not.toBe(first);
    expect(rotated).toMatchObject({ id: key.id, name: 'server', formerSecrets: [{ prefix: first.slice(0, 11) }] });
    for (const secret of [first, second]) expect(await whoIs(lion, secret)).toBe('server');
    clock.pass(600_000);
    expect(await whoIs(lion, first)).toMatch(/was rotated/);
    expect(await whoIs(lion, second)).toBe('server');
  });

  it('that leaked is rotated without an overlap, which also ends the overlap before', async () => {
    await using lion = await openTestLion();
    const { secret: first, key } = await createKey(lion, 'server', 'operator');
    const { secret: second } = await rotate(lion, key.id, 600);
    const { secret: third } = await rotate(lion, key.id, 0);
    expect(await whoIs(lion, first)).toMatch(/was rotated/);
    expect(await whoIs(lion, second)).toMatch(/was rotated/);
    expect(await whoIs(lion, third)).toBe('server');
  });

  it('that has ended has so after a restart, too', async () => {
    using scratch = scratchFolder();
    let secrets: string[];
    {
      await using lion = await openTestLion({ folder: scratch.path });
      const revoked = await createKey(lion, 'revoked', 'viewer');
      const rotated = await createKey(lion, 'rotated', 'viewer');
      await revoke(lion, revoked.key.id);
      const { secret } = await rotate(lion, rotated.key.id, 0);
      secrets = [revoked.secret, rotated.secret, secret];
    }
    await using lion = await openTestLion({ folder: scratch.path });
    expect(await Promise.all(secrets.map((secret) => whoIs(lion, secret)))).toEqual([
      expect.stringMatching(/was revoked/),
      expect.stringMatching(/was rotated/),
      'rotated',
    ]);
  });
});

describe('the last admin key', () => {
  it('is not revoked unnoticed', async () => {
    const clock = testClock();
    await using lion = await openTestLion({ clock });
    const { id } = (await list(lion))[0]!;
    await createKey(lion, 'operator', 'operator');
    const { key: gone } = await createKey(lion, 'gone', 'admin');
    await revoke(lion, gone.id);
    await createKey(lion, 'expired', 'admin', 60);
    clock.pass(60_000);
    expect(await revoke(lion, id)).toMatchObject({ code: 'LAST_ADMIN_KEY', message: expect.stringContaining(id) });
    expect(await whoIs(lion, lion.key)).toBe('test');
    expect(await revoke(lion, id, true)).toMatchObject({ status: 'REVOKED' });
    expect(await whoIs(lion, lion.key)).toMatch(/was revoked/);
  });
});

describe('the last use of a key', () => {
  it('is known at once, and written once a minute, however often it is used', async () => {
    const clock = testClock();
    await using lion = await openTestLion({ clock });
    const { secret, key } = await createKey(lion, 'busy', 'viewer');
    const { secret: second } = await rotate(lion, key.id, 600);
    const commit = vi.spyOn(lion.lion.database, 'commit');
    for (let count = 0; count < 20; count++) await whoIs(lion, count % 2 === 0 ? secret : second);
    expect(commit).not.toHaveBeenCalled();
    const { lastUsedAt } = (await list(lion))[0]!;
    expect(Math.abs(Date.parse(lastUsedAt!) - clock.now().getTime())).toBeLessThan(60_000);
    const stored = () => lion.lion.database.reader.key.findUniqueOrThrow({ where: { id: key.id } });
    expect((await stored()).lastUsedAt).toBeNull();
    clock.pass(60_000);
    await until('it is written', async () => (await stored()).lastUsedAt !== null);
    expect(commit).toHaveBeenCalledTimes(1);
    expect((await stored()).lastUsedAt?.toISOString()).toBe(lastUsedAt);
  });

  it('is written when Lion stops', async () => {
    using scratch = scratchFolder();
    {
      await using lion = await openTestLion({ folder: scratch.path });
      await whoIs(lion, lion.key);
    }
    await using lion = await openTestLion({ folder: scratch.path });
    expect((await list(lion)).map(({ lastUsedAt }) => lastUsedAt)).toEqual([expect.any(String), expect.any(String)]);
  });
});

describe('the keys of another project', () => {
  it('cannot be seen, rotated or revoked, and are as ones that are not there', async () => {
    await using lion = await openTestLion();
    const theirs = await otherProject(lion);
    const { id } = (await list(lion, theirs))[0]!;
    expect(await list(lion)).toHaveLength(1);
    const missing = 'key_00000000000000000000000000';
    for (const change of [(of: string) => rotate(lion, of, 0), (of: string) => revoke(lion, of, true)]) {
      const answer = await change(id);
      expect(answer).toMatchObject({ code: 'KEY_NOT_FOUND' });
      expect(JSON.stringify(answer).replace(id, missing)).toBe(JSON.stringify(await change(missing)));
    }
    expect(await whoIs(lion, theirs)).toBe('of another project');
  });
});

it('what a key is to be is looked at', async () => {
  await using lion = await openTestLion();
  const attempt = async (input: object) =>
    (await lion.query('mutation ($input: CreateKeyInput!) { createKey(input: $input) { __typename } }', { input })).errors;
  for (const [input, path] of [
    [{ name: ' ', role: 'ADMIN' }, 'input.name'],
    [{ name: 'x'.repeat(101), role: 'ADMIN' }, 'input.name'],
    [{ name: 'x', role: 'ADMIN', expiresInSeconds: 0 }, 'input.expiresInSeconds'],
  ] as const)
    expect(await attempt(input)).toMatchObject([{ extensions: { code: 'BAD_INPUT', issues: [{ path }] } }]);
});

async function sha256(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('hex');
}
