import pino from 'pino';
import { expect, test } from 'vitest';
import { LionError } from '../../src/errors.ts';
import { buildSchema } from '../../src/graphql/schema.ts';
import { problemOf } from '../../src/http/rest/problem.ts';
import { isEnumType } from 'graphql';

class SomeError extends LionError {
  readonly retryable = false;
  readonly code: string;

  constructor(code: string) {
    super('Something is not as it should be.');
    this.code = code;
  }
}

const statusOf = (code: string): number => problemOf(new SomeError(code), pino({ level: 'silent' })).status;

test('each error that a client is expected to handle has a status of its own over REST, and is no fault of the server', () => {
  const codes = buildSchema().getType('ErrorCode');
  const names = isEnumType(codes) ? codes.getValues().map(({ name }) => name) : [];
  expect(names).toContain('SESSION_NOT_FOUND');
  expect(names.filter((code) => statusOf(code) < 400 || statusOf(code) > 499)).toEqual([]);
  // What nobody has foreseen is one.
  expect(statusOf('NOBODY_KNOWS')).toBe(500);
});
