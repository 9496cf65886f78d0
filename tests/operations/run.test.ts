import { expect, it } from 'vitest';
import { dataOf } from '../support/api.ts';
import { ideasJson, openProviderLion, planJson, promptOf } from '../support/provider-lion.ts';

const document = /* GraphQL */ `
  mutation ($input: RunInput!) {
    run(input: $input, options: { waitMs: 30000 }) {
      ... on Operation {
        id
        status
        error {
          code
          message
        }
        output {
          ...Whole
        }
        partialOutput {
          ...Whole
        }
        children {
          kind
          children {
            childName
            status
          }
        }
        planSteps {
          id
          status
        }
      }
    }
  }
  fragment Whole on RunOutput {
    ideas {
      title
    }
    selectedIdea {
      title
    }
    steps {
      id
      status
      operation {
        output {
          ... on PerformOutput {
            text
          }
        }
      }
    }
  }
`;

it('carries the instruction through all stages, and the plan out', async () => {
  await using lion = await openProviderLion();
  const { provider, test } = lion;
  // As much as is taken: what a stage adds must not make it too much for the next one.
  const instruction = `Open a bakery. ${'ä'.repeat(99_980)}`;
  const context = { notes: 'x'.repeat(256 * 1024 - 20) };
  provider.answerAll((exchange) => {
    const prompt = promptOf(exchange);
    expect(prompt).toContain(`<instruction>\n${instruction}\n</instruction>`);
    expect(prompt).toContain(context.notes);
    const step = /Your step is "([^"]+)"/.exec(prompt)?.[1];
    const text =
      step !== undefined
        ? `result of ${step}`
        : prompt.includes('Propose exactly')
          ? ideasJson('Golden Crust', 'Morning Crumb')
          : prompt.includes('<choices>')
            ? JSON.stringify({ selections: [{ id: 'idea-2', score: 0.8, rationale: 'Why.', tieBreak: null }] })
            : planJson({ a: [], b: ['a'] });
    if (prompt.includes('<plan>') || prompt.includes('Make a plan')) expect(prompt).toContain('Morning Crumb: what it is.');
    exchange.writeText(text);
    exchange.finish();
  });
  const input = { instruction, context, count: 2, execute: true, concurrency: 2 };
  const { run } = dataOf(await test.query(document, { input }));
  expect(run).toMatchObject({
    status: 'SUCCEEDED',
    error: null,
    output: {
      ideas: [{ title: 'Golden Crust' }, { title: 'Morning Crumb' }],
      selectedIdea: { title: 'Morning Crumb' },
      steps: [
        { id: 'a', status: 'SUCCEEDED', operation: { output: { text: 'result of a' } } },
        { id: 'b', status: 'SUCCEEDED', operation: { output: { text: 'result of b' } } },
      ],
    },
    planSteps: [
      { id: 'a', status: 'SUCCEEDED' },
      { id: 'b', status: 'SUCCEEDED' },
    ],
    children: [
      { kind: 'brainstorm', children: [] },
      { kind: 'select', children: [] },
      {
        kind: 'plan',
        children: [
          { childName: 'a', status: 'SUCCEEDED' },
          { childName: 'b', status: 'SUCCEEDED' },
        ],
      },
    ],
  });
});

it('keeps ideas, selection and plan when a step of the plan fails', async () => {
  await using lion = await openProviderLion();
  const { provider, test } = lion;
  provider.answer(
    ideasJson('Golden Crust'),
    JSON.stringify({ selections: [{ id: 'idea-1', score: 1, rationale: 'Why.', tieBreak: null }] }),
    planJson({ a: [] }),
    (exchange) => exchange.fail(404),
  );
  const { run } = dataOf(await test.query(document, { input: { instruction: 'x', count: 1, execute: true } }));
  expect(run).toMatchObject({
    status: 'FAILED',
    output: null,
    error: { code: 'PLAN_STEPS_FAILED' },
    partialOutput: {
      ideas: [{ title: 'Golden Crust' }],
      selectedIdea: { title: 'Golden Crust' },
      steps: [{ id: 'a', status: 'FAILED' }],
    },
  });
});
