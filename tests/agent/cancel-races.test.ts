import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { define } from '../../src/operations/definition.ts';
import { OperationError, OperationFinishedError } from '../../src/operations/errors.ts';
import { until } from '../support/api.ts';
import { openTestLion } from '../support/lion.ts';
import { random } from '../support/random.ts';

const shape = z.object({ turns: z.int() });
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const turns = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n++) await turn();
};

/** What a cancel races with: the success, the failure, and the retry of an operation, and the end of a child. */
const succeeding = define({
  kind: 'succeeding',
  version: 1,
  description: 'Succeeds.',
  input: shape,
  output: shape,
  execute: async ({ input, step }) => step('work', async () => (await turns(input.turns), input)),
});
const failing = define({
  ...succeeding,
  kind: 'failing',
  execute: async ({ input, step }) =>
    step('work', async () => {
      await turns(input.turns);
      throw new OperationError({ code: 'FAILED_AS_MEANT', message: 'It fails.', retryable: false });
    }),
});
const retrying = define({
  ...succeeding,
  kind: 'retrying',
  execute: async ({ input, step }) =>
    step('work', async ({ try: number }) => {
      await turns(input.turns);
      if (number === 1) throw new OperationError({ code: 'AGAIN', message: 'Once more.', retryable: true });
      return input;
    }),
});
const parental = define({
  ...succeeding,
  kind: 'parental',
  execute: async ({ input, child }) => child(succeeding, input),
});
/** Wakes up while it is cancelled, or is cancelled while it falls asleep. */
const sleeping = define({
  ...succeeding,
  kind: 'sleeping',
  execute: async ({ input, sleep }) => (await sleep(input.turns), input),
});

test.each([
  { kind: 'succeeding', rounds: 500 },
  { kind: 'failing', rounds: 150 },
  { kind: 'retrying', rounds: 150 },
  { kind: 'parental', rounds: 150 },
  { kind: 'sleeping', rounds: 150 },
])(
  'a cancel that races the end of a $kind operation $rounds times: one of both is true, for everyone and for good',
  async ({ kind, rounds }) => {
    const seed = Date.now() % 1_000_000;
    console.info(`seed ${seed}`);
    const next = random(seed);
    await using test = await openTestLion({ definitions: [succeeding, failing, retrying, parental, sleeping] });
    const won = { CANCELLED: 0, other: 0 };
    const session = await test.lion.sessions.create(test.lion.defaultProjectId, {});
    const answers = new Map<number, 'CANCELLED' | 'other'>();
    for (let round = 0; round < rounds; round++) {
      const operation = await test.start(kind, { turns: Math.floor(next() * 8) }, { sessionId: session });
      await turns(Math.floor(next() * 16));
      if (kind === 'sleeping') await delay(next() * 12);
      const outcome = await test.lion.operations
        .cancel({ projectId: test.lion.defaultProjectId }, operation.id, { by: 'the test' })
        .then(
          () => 'CANCELLED' as const,
          (error: unknown) => {
            expect(error).toBeInstanceOf(OperationFinishedError);
            return 'other' as const;
          },
        );
      won[outcome]++;
      answers.set(operation.number, outcome);
    }
    // Both came about, but where it waits for its next try, which a cancel does not.
    expect(won.CANCELLED).toBeGreaterThan(0);
    if (kind !== 'retrying') expect(won.other).toBeGreaterThan(0);
    // Only when all that raced is over, what came late would have come.
    await until('all work has ended', () => test.lion.agent.running === 0);
    const rows = await test.lion.database.reader.operation.findMany({ where: { sessionId: session, parent: null } });
    const statuses = new Map(rows.map(({ number, status }) => [number, status]));
    const ends = new Map<number, string[]>();
    for (const { type, operation } of await test.history(session))
      if (operation !== null) ends.set(operation, [...(ends.get(operation) ?? []), type]);
    for (const [number, outcome] of answers) {
      const terminal = ends.get(number)!.filter((type) => /^Operation(Succeeded|Failed|Cancelled)$/.test(type));
      const expected = kind === 'failing' ? 'Failed' : 'Succeeded';
      expect(terminal).toEqual([outcome === 'CANCELLED' ? 'OperationCancelled' : `Operation${expected}`]);
      expect(ends.get(number)!.at(-1)).toBe(terminal[0]);
      expect(statuses.get(number)).toBe(outcome === 'CANCELLED' ? 'CANCELLED' : expected.toUpperCase());
    }
  },
);
