import { describe, expect, it } from 'vitest';
import { dataOf } from '../support/api.ts';
import { refOf } from '../support/lion.ts';
import { openProviderLion } from '../support/provider-lion.ts';

const document = `mutation ($reasoning: Boolean!) {
  perform(input: { instruction: "x" }, options: { reasoning: $reasoning, waitMs: 20000 }) {
    ... on Operation { id output { ... on PerformOutput { text } } } } }`;

describe("a model's reasoning", () => {
  it.each([true, false])('is kept apart from the answer, and shown where it is asked for: %s', async (reasoning) => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    provider.answer((exchange) => {
      for (const text of ['<thi', 'nk>Let me ', 'see.</th', 'ink>\n\nFor', 'ty-two.']) exchange.writeText(text);
      exchange.finish();
    });
    const { perform } = dataOf(await test.query(document, { reasoning }));
    expect(perform.output.text.trim()).toBe('Forty-two.');
    const events = await test.follow(refOf(perform.id));
    const textOf = (type: 'TextDelta' | 'ReasoningDelta'): string =>
      events.flatMap((event) => (event.type === type ? [event.payload.text] : [])).join('');
    expect(textOf('ReasoningDelta')).toBe(reasoning ? 'Let me see.' : '');
    expect(textOf('TextDelta').trim()).toBe('Forty-two.');
  });
});

describe('text that streams', () => {
  it('comes in at most 20 events a second for each step, none of it lost', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    const words = Array.from({ length: 3000 }, (_, n) => `word${n} `);
    provider.answer(async (exchange) => {
      for (const [index, word] of words.entries()) {
        exchange.writeText(word);
        // Over many turns of the event loop, as a model would.
        if (index % 20 === 0) await new Promise((turn) => setTimeout(turn, 1));
      }
      exchange.finish();
    });
    const { perform } = dataOf(await test.query(document, { reasoning: false }));
    const deltas = (await test.follow(refOf(perform.id))).filter((event) => event.type === 'TextDelta');
    expect(deltas.map(({ payload }) => payload.text).join('')).toBe(words.join(''));
    const seconds = (deltas.at(-1)!.at.getTime() - deltas[0]!.at.getTime()) / 1000;
    // The first comes at once, and the tail is flushed at the end.
    expect(deltas.length).toBeLessThanOrEqual(20 * seconds + 2);
    expect(deltas.length).toBeGreaterThan(1);
  });
});
