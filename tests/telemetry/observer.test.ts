import { expect, it } from 'vitest';
import { openTestLion } from '../support/lion.ts';

it('one who measures and fails holds nobody up', async () => {
  await using test = await openTestLion();
  const errors: unknown[] = [];
  const fault = new Error('It cannot be measured');
  const stop = test.lion.journal.observe(
    () => {
      throw fault;
    },
    (error) => errors.push(error),
  );
  const operation = await test.start('perform', { instruction: 'Say hello' });
  expect((await test.eventTypes(operation)).at(-1)).toBe('OperationSucceeded');
  expect(errors).toContain(fault);
  stop();
  const seen = errors.length;
  await test.follow(await test.start('perform', { instruction: 'Say hello again' }));
  expect(errors).toHaveLength(seen);
});
