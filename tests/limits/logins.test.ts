import { expect, test, vi } from 'vitest';
import { testClock } from '../support/clock.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { ask, connect } from './asking.ts';

const wrong = (last: string): string => `lion_${'x'.repeat(42)}${last}`;

const refusal = {
  status: 429,
  errors: [{ extensions: { code: 'RATE_LIMITED', limit: 'logins', of: 'ADDRESS', max: 3, retryAfterMs: expect.any(Number) } }],
};

/** Tries wrong keys until they are not even looked for. */
async function tire(lion: TestLion, headers: Record<string, string> = {}): Promise<void> {
  for (const last of ['1', '2', '3'])
    expect(await ask({ ...lion, key: wrong(last) }, undefined, headers)).toMatchObject({ status: 401 });
}

test('an address that tried too many wrong keys is refused, cheaply: no key is looked for; after the time it may try again', async () => {
  const clock = testClock();
  await using lion = await openTestLion({ clock, config: { limits: 'address: 3 logins' } });
  await tire(lion);
  const looks = vi.spyOn(lion.lion.database, 'query');
  const refused = await ask({ ...lion, key: wrong('4') });
  expect(refused).toMatchObject(refusal);
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(await ask({ ...lion, key: 'not even a key' })).toMatchObject(refusal);
  expect(await connect({ ...lion, key: wrong('5') })).toMatchObject({
    code: 4429,
    reason: expect.stringMatching(/^Come back in \d+ ms/),
  });
  expect(looks).not.toHaveBeenCalled();
  clock.pass(60_000);
  expect(await ask({ ...lion, key: wrong('6') })).toMatchObject({ status: 401 });
});

test('a key that was used before passes from such an address all the same; one that never was has to wait', async () => {
  const clock = testClock();
  await using lion = await openTestLion({ clock, config: { limits: 'address: 3 logins' } });
  expect(await ask(lion)).toMatchObject({ status: 200 });
  await tire(lion);
  expect(await ask(lion)).toMatchObject({ status: 200 });
  const { secret: fresh } = await lion.lion.keys.create(lion.lion.defaultProjectId, { role: 'admin', name: 'never used' });
  expect(await ask({ ...lion, key: fresh })).toMatchObject(refusal);
  clock.pass(60_000);
  expect(await ask({ ...lion, key: fresh })).toMatchObject({ status: 200 });
});

test('good keys are no failed logins, however often they are used', async () => {
  await using lion = await openTestLion({ config: { limits: 'address: 3 logins' } });
  for (let i = 0; i < 10; i++) expect(await ask(lion)).toMatchObject({ status: 200 });
  await tire(lion);
});

test('what a client says of its address is believed only of proxies that are trusted', async () => {
  await using lion = await openTestLion({ config: { limits: 'address: 3 logins' } });
  await tire(lion, { 'x-forwarded-for': '192.0.2.1' });
  expect(await ask({ ...lion, key: wrong('4') }, undefined, { 'x-forwarded-for': '192.0.2.2' })).toMatchObject(refusal);
});

test.each(['1', 'loopback', '127.0.0.1, ::1'])(
  'behind proxies (LION_TRUST_PROXY=%s) each client has its own count, IPv6 by /64',
  async (trustProxy) => {
    await using lion = await openTestLion({ config: { limits: 'address: 3 logins', trustProxy } });
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const tryOnce = (address: string) => ask({ ...lion, key: wrong('4') }, undefined, from(address));
    await tire(lion, from('192.0.2.1'));
    expect(await tryOnce('192.0.2.1')).toMatchObject(refusal);
    // What the client itself had put there is not believed.
    expect(await tryOnce('198.51.100.7, 192.0.2.1')).toMatchObject(refusal);
    expect(await tryOnce('192.0.2.2')).toMatchObject({ status: 401 });
    await tire(lion, from('2001:db8:0:1::1'));
    expect(await tryOnce('2001:db8:0:1:ffff::2')).toMatchObject(refusal);
    expect(await tryOnce('2001:db8:0:2::1')).toMatchObject({ status: 401 });
  },
);
