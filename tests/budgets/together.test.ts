import { expect, it } from 'vitest';
import { openProviderLion } from '../support/provider-lion.ts';
import type { ProviderExchange } from '../support/provider-server.ts';
import { budgetsOf, neededFor, perform, reservationsIn, setBudget, using } from './budgeting.ts';

const maxOutputTokens = 1000;

it('fifty operations at once cannot overspend together: as many are made as fit, and the others fail', async () => {
  await using lion = await openProviderLion({ config: { maxOutputTokens } });
  const { provider, test } = lion;
  const needed = await neededFor(test);
  // Each call uses all that it may: there is no room for any mistake.
  const usesAll = using(({ body }: ProviderExchange) => ({
    input: needed - maxOutputTokens,
    output: body.max_tokens as number,
  }));
  const limit = 10 * needed + 5;
  await setBudget(test, { scope: 'PROJECT', period: 'DAY', tokens: limit });
  const all = Promise.all(Array.from({ length: 50 }, () => perform(test)));
  const held = await Promise.all(Array.from({ length: 10 }, () => provider.nextRequest()));
  expect((await budgetsOf(test))[0]!.tokens).toEqual({ limit, spent: 0, assumed: 0, reserved: 10 * needed, remaining: 5 });
  for (const exchange of held) usesAll(exchange);
  const outcomes = await all;
  expect(provider.requests).toHaveLength(10);
  expect(outcomes.filter(({ status }) => status === 'SUCCEEDED')).toHaveLength(10);
  const refused = outcomes.filter(({ status }) => status === 'FAILED');
  expect(refused.map(({ error }) => error!.code)).toEqual(Array<string>(40).fill('BUDGET_EXCEEDED'));
  expect((await budgetsOf(test))[0]!.tokens).toEqual({ limit, spent: 10 * needed, assumed: 0, reserved: 0, remaining: 5 });
  expect(await reservationsIn(test)).toBe(0);
});

it('where little is left, an answer may be the less long; where it is too little, the call is not made', async () => {
  await using lion = await openProviderLion({ config: { maxOutputTokens: 5000 } });
  const { provider, test } = lion;
  // With the shortest answer that is worth a call: 1,024 tokens.
  const shortest = await neededFor(test);
  await setBudget(test, { scope: 'PROJECT', period: 'TOTAL', tokens: shortest + 76 });
  const answering = perform(test);
  const request = await provider.nextRequest();
  expect(request.body.max_tokens).toBe(1100);
  request.writeText('Something');
  request.finish();
  expect((await answering).status).toBe('SUCCEEDED');
  await setBudget(test, { scope: 'PROJECT', period: 'TOTAL', tokens: shortest + 17 });
  expect((await perform(test)).error).toMatchObject({ code: 'BUDGET_EXCEEDED', budget: { spent: 18, needed: shortest } });
  expect(provider.requests).toHaveLength(1);
});
