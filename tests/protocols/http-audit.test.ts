import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestLion, type TestLion } from '../support/lion.ts';

let lion: TestLion;
beforeAll(async () => {
  lion = await openTestLion();
});
afterAll(() => lion[Symbol.asyncDispose]());

/** Asks as the audit wants to, with a key. */
const withKey: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set('x-api-key', lion.key);
  return fetch(input, { ...init, headers });
};

describe.each<[string, typeof fetch]>([
  ['with a key', withKey],
  ['without one', fetch],
])('GraphQL over HTTP, as graphql-http audits it, %s', (_what, fetchFn) => {
  const audits = serverAudits({ url: () => `${lion.url}/graphql`, fetchFn });

  test('there are as many audits as the suite has', () => {
    expect(audits.length).toBeGreaterThan(60);
  });

  test.each(audits.map((audit) => [`${audit.id} ${audit.name}`, audit] as const))('%s', async (_name, audit) => {
    const result = await audit.fn();
    const found =
      result.status === 'ok' ? undefined : `${result.reason}: ${result.response.status} ${await result.response.text()}`;
    expect([result.status, found]).toEqual(['ok', undefined]);
  });
});
