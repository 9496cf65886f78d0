import { describe, expect, test } from 'vitest';
import { dataOf } from '../support/api.ts';
import { openTestLion } from '../support/lion.ts';
import { ideas, scripted } from '../support/scripted.ts';

const instruction = 'Name a bakery';

const step = (id: string, ...dependsOn: string[]) => ({
  id,
  title: `Do ${id}`,
  description: 'It.',
  dependsOn,
  doneWhen: 'It is.',
});
const steps = (...all: unknown[]): string => JSON.stringify({ steps: all });
const selections = (...ids: string[]): string =>
  JSON.stringify({ selections: ids.map((id) => ({ id, score: 0.5, rationale: 'It fits.' })) });

const choices = [
  { id: 'rye', label: 'Rye' },
  { id: 'oat', label: 'Oat' },
];

const run = `query($id: ID!) { operation(id: $id) {
  status
  error { code message retryable }
  usage { inputTokens outputTokens }
  output { __typename }
  events { nodes {
    type
    ... on StepStarted { step try }
    ... on StepRetrying { step try error { code message retryable } }
    ... on StepSucceeded { try }
  } }
} }`;

interface Case {
  what: string;
  kind: string;
  input: Record<string, unknown>;
  bad: string;
  /** What the model is told, and what the failure says. */
  complaint: RegExp;
  good: string;
}

const cases: Case[] = [
  {
    what: 'prose',
    kind: 'brainstorm',
    input: { instruction, count: 1 },
    bad: 'Sure! Here is an idea: call it The Crumb.',
    complaint: /not JSON: it begins with "Sure! Here is an idea/,
    good: ideas('The Crumb'),
  },
  {
    what: 'half a JSON document',
    kind: 'brainstorm',
    input: { instruction, count: 1 },
    bad: ideas('The Crumb').slice(0, 40),
    complaint: /ends before it is complete/,
    good: ideas('The Crumb'),
  },
  {
    what: 'nothing',
    kind: 'brainstorm',
    input: { instruction, count: 1 },
    bad: '',
    complaint: /The answer is empty/,
    good: ideas('The Crumb'),
  },
  {
    what: 'another shape',
    kind: 'brainstorm',
    input: { instruction, count: 1 },
    bad: '{"ideas":[{"title":"The Crumb"}]}',
    complaint: /ideas\[0\]\.description/,
    good: ideas('The Crumb'),
  },
  {
    what: 'a plan with a cycle',
    kind: 'plan',
    input: { instruction },
    bad: steps(step('a', 'b'), step('b', 'a')),
    complaint: /"a" -> "b" -> "a" depend on each other in a cycle/,
    good: steps(step('a'), step('b', 'a')),
  },
  {
    what: 'a step that depends on itself',
    kind: 'plan',
    input: { instruction },
    bad: steps(step('a', 'a')),
    complaint: /cycle/,
    good: steps(step('a')),
  },
  {
    what: 'a step that depends on what is not there',
    kind: 'plan',
    input: { instruction },
    bad: steps(step('a', 'z')),
    complaint: /"a" depends on "z", which is not the id of a step/,
    good: steps(step('a')),
  },
  {
    what: 'another number of steps',
    kind: 'plan',
    input: { instruction, steps: 2 },
    bad: steps(step('a')),
    complaint: /exactly 2 steps, and there are 1/,
    good: steps(step('a'), step('b')),
  },
  {
    what: 'a choice that was never offered',
    kind: 'select',
    input: { instruction, choices },
    bad: selections('Rye bread'),
    complaint: /"Rye bread" is not the id of a choice/,
    good: selections('rye'),
  },
  {
    what: 'more choices than were asked for',
    kind: 'select',
    input: { instruction, choices },
    bad: selections('rye', 'oat'),
    complaint: /At most 1 of the choices may be selected, and 2 are/,
    good: selections('oat'),
  },
  {
    what: 'no choice',
    kind: 'select',
    input: { instruction, choices },
    bad: selections(),
    complaint: /At least one choice must be selected/,
    good: selections('oat'),
  },
  {
    what: 'white space',
    kind: 'perform',
    input: { instruction },
    bad: ' \n ',
    complaint: /answer is empty/,
    good: 'The Crumb',
  },
];

describe.each(cases)('a model that answers $what', ({ kind, input, bad, complaint, good }) => {
  test('is told so, and asked again: a good answer is taken', async () => {
    const models = scripted([bad, good]);
    await using lion = await openTestLion({ models });
    const operation = await lion.start(kind, input, { waitMs: 30_000 });
    const found = dataOf(await lion.query(run, { id: operation.id })).operation;
    expect(found).toMatchObject({ status: 'SUCCEEDED', error: null, usage: { inputTokens: 20, outputTokens: 10 } });
    expect(found.events.nodes).toContainEqual({
      type: 'StepRetrying',
      step: expect.any(String),
      try: 1,
      error: { code: 'MODEL_OUTPUT_INVALID', message: expect.stringMatching(complaint), retryable: true },
    });
    expect(found.events.nodes).toContainEqual({ type: 'StepSucceeded', try: 2 });
    // What was said, and what was wrong with it, went back to the model.
    const [first, second] = models.calls.map(({ prompt }) => JSON.stringify(prompt));
    expect(first).not.toMatch(/"role":"assistant"/);
    expect(second).toContain(JSON.stringify(bad.trim() === '' ? '(no answer)' : bad).slice(1, -1));
    expect(JSON.parse(second!).at(-1).content[0].text).toMatch(complaint);
  });

  test('three times over fails the operation, and shows what the model said', async () => {
    const models = scripted([bad, bad, bad]);
    await using lion = await openTestLion({ models });
    const operation = await lion.start(kind, input, { waitMs: 30_000 });
    const found = dataOf(await lion.query(run, { id: operation.id })).operation;
    expect(found).toMatchObject({ status: 'FAILED', output: null, usage: { inputTokens: 30, outputTokens: 15 } });
    expect(found.error).toMatchObject({ code: 'MODEL_OUTPUT_INVALID', retryable: true });
    expect(found.error.message).toMatch(complaint);
    expect(found.error.message).toContain(bad.trim() === '' ? 'It said nothing' : `It said: ${bad.slice(0, 300)}`);
    const types = found.events.nodes.map(({ type }: { type: string }) => type);
    expect(types.filter((type: string) => type === 'StepRetrying')).toHaveLength(2);
    expect(types.at(-1)).toBe('OperationFailed');
  });
});

test('what a bad answer proposed is superseded by the next try', async () => {
  await using lion = await openTestLion({
    // Two ideas are complete, and their document is not.
    models: scripted([ideas('Old', 'Older').slice(0, -2), ideas('New', 'Newer', 'Newest')]),
  });
  const events = await lion.follow(await lion.start('brainstorm', { instruction, count: 3 }));
  const proposed = events.flatMap((event) =>
    event.type === 'IdeaProposed' ? [[event.payload.try, event.payload.idea.title]] : [],
  );
  expect(proposed).toEqual([
    [1, 'Old'],
    [1, 'Older'],
    [2, 'New'],
    [2, 'Newer'],
    [2, 'Newest'],
  ]);
});

test('a stage that fails leaves what came before it as it was, and says which stage it was', async () => {
  await using lion = await openTestLion({
    models: scripted([ideas('The Crumb', 'Rise', 'Loaf'), selections('idea-2'), 'no', 'no', 'no']),
  });
  const { id } = await lion.start('run', { instruction }, { waitMs: 30_000 });
  const { operation } = dataOf(
    await lion.query(
      'query($id: ID!) { operation(id: $id) { status error { code message } children { kind status output { __typename } } } }',
      { id },
    ),
  );
  expect(operation).toMatchObject({
    status: 'FAILED',
    error: {
      code: 'MODEL_OUTPUT_INVALID',
      message: expect.stringMatching(/^The plan within this operation failed.*It said: no$/),
    },
    children: [
      { kind: 'brainstorm', status: 'SUCCEEDED', output: { __typename: 'BrainstormOutput' } },
      { kind: 'select', status: 'SUCCEEDED', output: { __typename: 'SelectOutput' } },
      { kind: 'plan', status: 'FAILED', output: null },
    ],
  });
});
