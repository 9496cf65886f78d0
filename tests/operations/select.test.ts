import { describe, expect, it } from 'vitest';
import { dataOf } from '../support/api.ts';
import { openProviderLion, promptOf } from '../support/provider-lion.ts';

const document = /* GraphQL */ `
  mutation ($input: SelectInput!) {
    select(input: $input, options: { waitMs: 30000 }) {
      ... on Operation {
        id
        status
        error {
          code
        }
        output {
          ... on SelectOutput {
            selected {
              choice {
                id
                label
                content
              }
              score
              rationale
              tieBreak
            }
          }
        }
        events(types: [StepStarted]) {
          nodes {
            ... on StepStarted {
              step
            }
          }
        }
      }
    }
  }
`;

const selections = (...all: [id: string, score: number, tieBreak?: string][]): string =>
  JSON.stringify({
    selections: all.map(([id, score, tieBreak]) => ({ id, score, rationale: `Why ${id}.`, tieBreak: tieBreak ?? null })),
  });

/** The choices that a request shows, as the model reads them. */
const shownIn = (prompt: string): { id: string; label: string; content?: unknown }[] =>
  JSON.parse(/<choices>\n([^]*)\n<\/choices>/.exec(prompt)![1]!);

const maxIn = (prompt: string): number => Number(/at most (\d+), best first/.exec(prompt)![1]);

describe('select', () => {
  it('takes strings and objects, and gives back what was given', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    provider.answer(selections(['choice-2', 0.9], ['rye', 0.5]));
    const operation = await test.start('select', {
      instruction: 'Which bread?',
      choices: ['Wheat', 'Spelt', { id: 'rye', label: 'Rye', content: { flour: ['rye'], grams: 500 } }],
      max: 2,
    });
    await test.follow(operation);
    const { output } = await test.lion.database.reader.operation.findUniqueOrThrow({
      where: { sessionId_number: { sessionId: operation.sessionId, number: operation.number } },
    });
    expect(output).toEqual({
      selected: [
        { choice: { id: 'choice-2', label: 'Spelt', content: null }, score: 0.9, rationale: 'Why choice-2.', tieBreak: null },
        {
          choice: { id: 'rye', label: 'Rye', content: { flour: ['rye'], grams: 500 } },
          score: 0.5,
          rationale: 'Why rye.',
          tieBreak: null,
        },
      ],
    });
  });

  it('explains ties: in the words of the model, or by its order where it has none', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    provider.answer(selections(['c', 0.7], ['a', 0.9, 'It is cheaper.'], ['b', 0.9]));
    const input = { instruction: 'x', choices: ['a', 'b', 'c', 'd'].map((id) => ({ id, label: id.toUpperCase() })), max: 3 };
    const { select } = dataOf(await test.query(document, { input }));
    expect(
      select.output.selected.map(({ choice, tieBreak }: { choice: { id: string }; tieBreak: string | null }) => [
        choice.id,
        tieBreak,
      ]),
    ).toEqual([
      ['a', 'It is cheaper.'],
      ['b', 'It has the same score as "a"; the order in which the model named them decided.'],
      ['c', null],
    ]);
  });

  it('asks again where the model names what is no choice, and takes no likeness for an id', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    provider.answer(selections(['Wheat', 0.9]), selections(['wheat ', 0.9]), selections(['wheat', 0.9]));
    const input = {
      instruction: 'x',
      choices: [
        { id: 'wheat', label: 'Wheat' },
        { id: 'rye', label: 'Rye' },
      ],
    };
    const { select } = dataOf(await test.query(document, { input }));
    expect(select).toMatchObject({ status: 'SUCCEEDED', output: { selected: [{ choice: { id: 'wheat' } }] } });
    expect(promptOf(provider.requests[1]!)).toContain('"Wheat" is not the id of a choice');
  });

  it('looks at 500 long choices in batches that fit, and finds the best of all of them', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    const choices = Array.from({ length: 500 }, (_, n) => ({
      id: `c${n}`,
      label: `Choice ${n}`,
      content: { worth: (n * 7919) % 500, text: 'lorem ipsum '.repeat(n % 7 === 0 ? 1000 : 40) },
    }));
    provider.answerAll((exchange) => {
      const prompt = promptOf(exchange);
      expect(prompt.length).toBeLessThan(75_000);
      const shown = shownIn(prompt);
      const worth = (id: string): number => choices.find((choice) => choice.id === id)!.content.worth;
      const best = shown.toSorted((a, b) => worth(b.id) - worth(a.id)).slice(0, maxIn(prompt));
      exchange.writeText(selections(...best.map(({ id }): [string, number] => [id, worth(id) / 500])));
      exchange.finish();
    });
    const { select } = dataOf(await test.query(document, { input: { instruction: 'The most worth', choices, max: 5 } }));
    expect(select.status).toBe('SUCCEEDED');
    expect(select.output.selected.map(({ choice }: { choice: { content: { worth: number } } }) => choice.content.worth)).toEqual([
      499, 498, 497, 496, 495,
    ]);
    // What is said of it: each batch is a step of its own, and so is the comparison of the best.
    const steps: string[] = select.events.nodes.map(({ step }: { step: string }) => step);
    expect(steps[0]).toMatch(/^selections 1\.\d+ of \d+$/);
    expect(steps.at(-1)).toBe('selections among the best');
    expect(new Set(provider.requests.flatMap((request) => shownIn(promptOf(request)).map(({ id }) => id))).size).toBe(500);
    // What is too long is cut, and says so; what comes back is whole.
    expect(provider.requests.map((request) => promptOf(request)).join('')).toContain('(cut; it has ');
  }, 60_000);

  it('explains ties between choices of different batches, which nobody has compared', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    const choices = Array.from({ length: 250 }, (_, n) => ({ id: `c${n}`, label: `Choice ${n}` }));
    provider.answerAll((exchange) => {
      exchange.writeText(selections(...shownIn(promptOf(exchange)).map(({ id }): [string, number] => [id, 0.5])));
      exchange.finish();
    });
    const { select } = dataOf(await test.query(document, { input: { instruction: 'x', choices, max: 200 } }));
    const tieBreaks = select.output.selected.map(({ tieBreak }: { tieBreak: string | null }) => tieBreak);
    expect(new Set(tieBreaks)).toEqual(
      new Set([
        '249 others have the same score, some of them in other batches; the order in which the choices were given decided.',
      ]),
    );
  });

  it('with as many to select as there are nearly, the scores of the batches decide', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    const choices = Array.from({ length: 250 }, (_, n) => ({ id: `c${n}`, label: `Choice ${n}` }));
    provider.answerAll((exchange) => {
      const shown = shownIn(promptOf(exchange));
      exchange.writeText(selections(...shown.map(({ id }): [string, number] => [id, Number(id.slice(1)) / 1000])));
      exchange.finish();
    });
    const { select } = dataOf(await test.query(document, { input: { instruction: 'x', choices, max: 200 } }));
    expect(select.status).toBe('SUCCEEDED');
    expect(select.output.selected.map(({ choice }: { choice: { id: string } }) => choice.id)).toEqual(
      Array.from({ length: 200 }, (_, n) => `c${249 - n}`),
    );
  });
});
