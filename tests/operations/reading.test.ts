import { expect, it } from 'vitest';
import { readOperationRow } from '../../src/operations/reading.ts';
import { openProviderLion, planJson } from '../support/provider-lion.ts';

it('an operation that is read by itself is what the ORM reads', async () => {
  await using lion = await openProviderLion();
  const { provider, test } = lion;
  const { database } = test.lion;
  provider.answer(planJson({ a: [], b: ['a'] }), 'Done.', (exchange) => exchange.fail(401));
  const failed = await test.start('plan', { instruction: 'x', execute: true }, { timeoutMs: 60_000, reasoning: true });
  await test.follow(failed);
  const rows = await database.reader.operation.findMany({ where: { sessionId: failed.sessionId } });
  expect(rows.map(({ status }) => status).toSorted()).toEqual(['FAILED', 'FAILED', 'SUCCEEDED']);
  for (const row of rows) expect(await readOperationRow(database, { ...failed, number: row.number })).toEqual(row);
  expect(await readOperationRow(database, { ...failed, number: 9 })).toBeUndefined();
});
