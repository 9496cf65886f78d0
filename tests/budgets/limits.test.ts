import { expect, it } from 'vitest';
import { openProviderLion } from '../support/provider-lion.ts';
import { budgetsOf, outcomeOf, perform, reservationsIn, setBudget } from './budgeting.ts';

it('what a call used is spent, and nothing stays reserved', async () => {
  await using lion = await openProviderLion({ config: { maxOutputTokens: 100 } });
  const { provider, test } = lion;
  await setBudget(test, { scope: 'PROJECT', period: 'TOTAL', tokens: 100_000 });
  const answering = perform(test);
  const request = await provider.nextRequest();
  expect(request.body.max_tokens).toBe(100);
  const [during] = await budgetsOf(test);
  expect(during!.tokens!.reserved).toBeGreaterThan(100);
  expect(during!.tokens).toMatchObject({ spent: 0, remaining: 100_000 - during!.tokens!.reserved });
  request.writeText('Something');
  request.finish();
  expect(await answering).toMatchObject({ status: 'SUCCEEDED', usage: { inputTokens: 11, outputTokens: 7 } });
  const [after] = await budgetsOf(test);
  expect(after!.tokens).toEqual({ limit: 100_000, spent: 18, assumed: 0, reserved: 0, remaining: 99_982 });
  expect(await reservationsIn(test)).toBe(0);
});

it('a call that does not fit is not made, and the operation fails with the figures', async () => {
  await using lion = await openProviderLion();
  const { provider, test } = lion;
  const { projectId } = await test.lion.keys.authenticate(test.key);
  await setBudget(test, { scope: 'PROJECT', period: 'DAY', tokens: 50 });
  const refused = await perform(test);
  expect(provider.requests).toEqual([]);
  expect(refused.error).toMatchObject({
    code: 'BUDGET_EXCEEDED',
    retryable: false,
    budget: { scope: 'PROJECT', subjectId: projectId, period: 'DAY', unit: 'TOKENS', limit: 50, spent: 0, reserved: 0 },
  });
  expect(refused.error!.message).toMatch(
    /limit is 50 tokens; 0 tokens are spent, 0 tokens are reserved .* may need \d+ tokens.*anew at/,
  );
  expect((await outcomeOf(test, refused.id)).status).toBe('FAILED');
});
