import { expect, test } from 'vitest';
import { defaultLimits, noLimits, parseLimits } from '../../src/access/limit-settings.ts';
import { networkOf, openAddresses } from '../../src/http/address.ts';

test('LION_LIMITS changes what it names, and nothing else', () => {
  expect(parseLimits('')).toEqual(defaultLimits);
  expect(parseLimits(' OFF ')).toEqual(noLimits);
  expect(
    parseLimits(
      'key: 600 requests, 60 operations; project: 100 concurrent, unlimited sessions; address: 10 logins; connection: 7 subscriptions',
    ),
  ).toEqual({
    key: { ...defaultLimits.key, requests: 600, operations: 60 },
    project: { ...defaultLimits.project, concurrent: 100, sessions: Infinity },
    address: { ...defaultLimits.address, logins: 10 },
    connection: { subscriptions: 7 },
  });
});

test.each([
  ['all', /"all" makes no sense; it should look like "key: 600 requests/],
  ['keys: 1 requests', /"keys" has no limits; what has is key, project, address and connection/],
  ['key: many requests', /"many requests" of key makes no sense/],
  [
    'key: 1 logins',
    /"logins" is no limit of key; the limits are requests, operations, concurrent, subscriptions, connections, sessions/,
  ],
  ['key: 1 requests, 2 requests', /key has requests twice/],
  ['key: 2000000000 requests', /is too large; it must be at most 1000000000, or unlimited/],
  ['key: 1 toString', /"toString" is no limit of key/],
  ['__proto__: 1 requests', /makes no sense/],
])('LION_LIMITS=%s is refused, with what is allowed', (text, message) => {
  expect(() => parseLimits(text)).toThrow(message);
});

test.each(['21', 'somewhere', '10.0.0.0/99'])('LION_TRUST_PROXY=%s is refused', (text) => {
  expect(() => openAddresses(text)).toThrow(/LION_TRUST_PROXY/);
});

test('an IPv4 address is one, whatever it is written as; of IPv6, a network is', () => {
  expect(networkOf('192.0.2.1')).toBe('192.0.2.1');
  expect(networkOf('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(networkOf('2001:db8:0:1::1')).toBe(networkOf('2001:0db8:0000:0001:ffff::2'));
  expect(networkOf('2001:db8:0:1::1')).not.toBe(networkOf('2001:db8:0:2::1'));
  expect(networkOf('x'.repeat(500))).toHaveLength(64);
});
