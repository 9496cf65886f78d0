import { expect, test } from 'vitest';
import { Alarms } from '../../src/agent/alarms.ts';
import { openDeadlines } from '../../src/agent/deadlines.ts';
import type { Database } from '../../src/database/client.ts';
import { StorageError } from '../../src/database/errors.ts';
import { inProcessNudges } from '../../src/history/nudge.ts';
import type { SessionId } from '../../src/ids.ts';
import { deadlineTopic } from '../../src/operations/deadline.ts';
import { until } from '../support/api.ts';
import { testClock } from '../support/clock.ts';

test('a deadline stands still for a person, although the storage is at fault when it is looked at', async () => {
  const operation = { sessionId: 'ses_1' as SessionId, number: 1 };
  const clock = testClock();
  const nudges = inProcessNudges();
  let looks = 0;
  let personSince: string | null = '2026-11-25T00:00:00.000+00:00';
  // Only what reads is at fault, which no real file can be told to be for one read.
  const database = {
    query: () => (++looks === 1 ? Promise.reject(new StorageError('STORAGE_FAILED')) : Promise.resolve([{ personSince }])),
  } as unknown as Database;
  let due = 0;
  openDeadlines({ database, nudges, clock }, new Alarms(clock), () => due++).arm(operation, 10_000);
  nudges.nudge(deadlineTopic(operation));
  await until('it was looked at', () => looks === 1);
  await until('it is looked at again', () => {
    clock.pass(10);
    return looks === 2;
  });
  clock.pass(60_000);
  expect(due).toBe(0);
  personSince = null;
  nudges.nudge(deadlineTopic(operation));
  await until('it goes on with what was left', () => {
    clock.pass(1000);
    return due === 1;
  });
});
