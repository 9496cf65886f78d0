import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Prisma } from '../../src/database/client.ts';
import { brainstorm } from '../../src/operations/brainstorm.ts';
import { define, type AnyDefinition } from '../../src/operations/definition.ts';
import { dataOf, rowsOf } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';

const survey = define({
  kind: 'survey',
  version: 2,
  description: 'Asks around, and says what it heard.',
  input: z.object({
    topic: z.string().min(3, 'must have at least 3 letters').describe('What to ask about.'),
    people: z.int().min(1).max(50).default(2),
    mood: z.enum(['calm', 'loud']).default('calm'),
    where: z.object({ town: z.string(), zip: z.string().optional() }),
    tags: z.array(z.string()).default([]),
    routes: z.array(z.object({ from: z.string(), legs: z.number() })).optional(),
    note: z.string().nullable(),
    anything: z.json().optional(),
  }),
  output: z.object({
    answers: z.array(z.object({ person: z.string(), said: z.string() })),
    ideas: z.array(z.string()),
    average: z.number(),
    best: z.string().nullable(),
    place: z.object({ town: z.string() }),
  }),
  async execute({ input, step, child, emit }) {
    const { topic, people, where } = input;
    await emit('asking', { topic, people });
    const answers = await step('ask', () =>
      Array.from({ length: people }, (_, index) => ({ person: `Person ${index + 1}`, said: `${topic}!` })),
    );
    const { ideas } = await child(brainstorm, { instruction: `Use what ${people} people said about ${topic}`, count: 2 });
    await emit('done', null);
    return { answers, ideas: ideas.map(({ title }) => title), average: 0.5, best: null, place: { town: where.town } };
  },
});

describe('a definition from outside', () => {
  test('is a mutation with its own input, and an output with its own fields', async () => {
    await using lion = await openTestLion({ definitions: [survey] });
    const document = `mutation($input: SurveyInput!) {
      survey(input: $input, options: { waitMs: 30000, idempotencyKey: "1" }) {
        ... on Operation {
          kind status instruction input
          output { __typename ... on SurveyOutput { answers { person said } ideas average best place { town } } }
          children { kind status }
          events(types: [DataEmitted, StepSucceeded]) { nodes { type ... on DataEmitted { name data } ... on StepSucceeded { step } } }
        }
        ... on Error { code message }
      }
    }`;
    const input = { topic: 'Bread', where: { town: 'Aha' }, note: null, routes: [{ from: 'a', legs: 2 }] };
    expect(dataOf(await lion.query(document, { input })).survey).toMatchObject({
      kind: 'survey',
      status: 'SUCCEEDED',
      instruction: null,
      input: {
        topic: 'Bread',
        people: 2,
        mood: 'calm',
        where: { town: 'Aha' },
        tags: [],
        note: null,
        routes: [{ from: 'a', legs: 2 }],
      },
      output: {
        __typename: 'SurveyOutput',
        answers: [
          { person: 'Person 1', said: 'Bread!' },
          { person: 'Person 2', said: 'Bread!' },
        ],
        ideas: [expect.any(String), expect.any(String)],
        average: 0.5,
        best: null,
        place: { town: 'Aha' },
      },
      children: [{ kind: 'brainstorm', status: 'SUCCEEDED' }],
      events: {
        nodes: [
          { type: 'DataEmitted', name: 'asking', data: { topic: 'Bread', people: 2 } },
          { type: 'StepSucceeded', step: 'ask' },
          { type: 'StepSucceeded', step: 'ideas' },
          { type: 'DataEmitted', name: 'done', data: null },
        ],
      },
    });
  });

  test('is described by the API like those that come with Lion', async () => {
    await using lion = await openTestLion({ definitions: [survey] });
    const { definitions, input, output } = dataOf(
      await lion.query(`{
        definitions { kind version description inputSchema outputSchema }
        input: __type(name: "SurveyInput") { inputFields { name description defaultValue type { kind name ofType { kind name } } } }
        output: __type(name: "OperationOutput") { possibleTypes { name } }
      }`),
    );
    expect(definitions.map(({ kind }: { kind: string }) => kind)).toEqual([
      'brainstorm',
      'plan',
      'select',
      'perform',
      'run',
      'survey',
    ]);
    expect(definitions.at(-1)).toMatchObject({ version: 2, description: survey.description, inputSchema: { type: 'object' } });
    expect(output.possibleTypes).toContainEqual({ name: 'SurveyOutput' });
    const required = (name: string) => ({ kind: 'NON_NULL', ofType: { kind: expect.any(String), name } });
    const field = Object.fromEntries(input.inputFields.map((each: { name: string }) => [each.name, each]));
    expect(field).toMatchObject({
      topic: { description: 'What to ask about.', type: required('String'), defaultValue: null },
      people: { type: required('Int'), defaultValue: '2' },
      mood: { type: required('String'), defaultValue: '"calm"' },
      where: { type: required('SurveyInputWhere') },
      tags: { type: { kind: 'LIST' } },
      routes: { type: { kind: 'LIST', ofType: { kind: 'NON_NULL' } } },
      note: { type: { kind: 'SCALAR', name: 'String' } },
      anything: { type: { kind: 'SCALAR', name: 'JSON' } },
    });
  });

  test.each([
    ['too short a topic', { topic: 'x', where: { town: 'Aha' }, note: null }, 'input.topic: must have at least 3 letters'],
    ['too many people', { topic: 'Bread', people: 51, where: { town: 'Aha' }, note: null }, 'input.people: '],
    ['another mood', { topic: 'Bread', mood: 'sad', where: { town: 'Aha' }, note: null }, 'input.mood: '],
    ['no town', { topic: 'Bread', where: {}, note: null }, 'Field "town" of required type "String!" was not provided'],
    [
      'a leg that is text',
      { topic: 'Bread', where: { town: 'Aha' }, note: null, routes: [{ from: 'a', legs: 'x' }] },
      'input.routes[0].legs',
    ],
  ])('refuses %s, and leaves nothing behind', async (_what, input, message) => {
    await using lion = await openTestLion({ definitions: [survey] });
    const { errors } = await lion.query('mutation($input: SurveyInput!) { survey(input: $input) { __typename } }', { input });
    expect(errors).toMatchObject([{ message: expect.stringContaining(message), extensions: { code: 'BAD_INPUT' } }]);
    expect(await rowsOf(lion)).toMatchObject({ sessions: 0, operations: 0 });
  });

  test('that another Lion had: its operations can still be read', async () => {
    await using folder = await openTestLion({ definitions: [survey] });
    const input = { topic: 'Bread', where: { town: 'Aha' }, note: null };
    const { sessionId, number } = await folder.start('survey', input, { waitMs: 30_000 });
    await folder.lion.database.commit(({ execute }) =>
      execute(Prisma.sql`UPDATE "Operation" SET "kind" = 'gone' WHERE "sessionId" = ${sessionId} AND "number" = ${number}`),
    );
    const { nodes } = dataOf(
      await folder.query(
        '{ operations(filter: { topLevel: true }) { nodes { kind output { __typename ... on UnknownOutput { data } } } } }',
      ),
    ).operations;
    expect(nodes).toMatchObject([{ kind: 'gone', output: { __typename: 'UnknownOutput', data: { average: 0.5 } } }]);
  });
});

const small = (more: object): AnyDefinition => ({
  kind: 'small',
  version: 1,
  description: 'Does little.',
  input: z.object({ text: z.string() }),
  output: z.object({ text: z.string() }),
  execute: () => Promise.resolve({ text: 'x' }),
  ...more,
});

describe('a definition that cannot be', () => {
  test.each<[string, AnyDefinition[], RegExp]>([
    ['of a kind that Lion has', [small({ kind: 'plan' })], /two definitions of the kind "plan"/],
    ['twice', [small({}), small({})], /two definitions of the kind "small"/],
    ['with a name of two words', [small({ kind: 'do it' })], /camel-case name.*"do it" is not/],
    ['with a name that begins with a capital', [small({ kind: 'Small' })], /camel-case name/],
    ['with no name', [small({ kind: '' })], /camel-case name/],
    ['with half a version', [small({ version: 0.5 })], /version of the definition "small" must be 1, 2, 3/],
    ['that takes text', [small({ input: z.string() })], /"small" must be objects/],
    ['that takes nothing', [small({ input: z.object({}) })], /"small" must be objects with at least one property/],
    ['that makes a list', [small({ output: z.array(z.string()) })], /"small" must be objects/],
    ['with a property that is no name', [small({ input: z.object({ 'a-b': z.string() }) })], /"a-b" of the definition "small"/],
    ['named like another mutation', [small({ kind: 'createSession' })], /"createSession".*taken/],
    ['whose output is named like a type of the API', [small({ kind: 'operation' })], /"operation".*taken/],
    ['whose input is named like a type of the API', [small({ kind: 'choice' })], /"choice".*taken/],
  ])('%s is refused at once', async (_what, definitions, message) => {
    await expect(openTestLion({ definitions })).rejects.toThrow(message);
  });
});

test('what a definition throws by accident is shown to nobody but the log', async () => {
  const log: { msg: string; faultId?: unknown; err?: { message: string } }[] = [];
  const leaky = small({ execute: () => Promise.reject(new Error('connect to postgres://user:hunter2@db failed')) });
  await using lion = await openTestLion({ definitions: [leaky], onLog: (line) => log.push(line) });
  const answer = await lion.query(`mutation { small(input: { text: "x" }, options: { waitMs: 30000 }) {
    ... on Operation { id status error { code message retryable } events { nodes { type ... on OperationFailed { error { message } } } } }
  } }`);
  const { status, error } = dataOf(answer).small;
  expect({ status, error }).toMatchObject({ status: 'FAILED', error: { code: 'INTERNAL', retryable: false } });
  expect(JSON.stringify(answer)).not.toMatch(/hunter2|postgres/);
  const [faultId] = /fault_[0-9a-z]{26}/.exec(error.message) ?? [];
  expect(faultId).toBeDefined();
  expect(log.find((line) => line.faultId === faultId)?.err?.message).toContain('hunter2');
});

test('a fault of the API itself is shown to nobody but the log', async () => {
  const log: { faultId?: unknown; err?: { message: string } }[] = [];
  await using lion: TestLion = await openTestLion({ onLog: (line) => log.push(line as never) });
  Object.assign(lion.lion, {
    sessions: { ...lion.lion.sessions, create: () => Promise.reject(new Error('SELECT * FROM hunter2')) },
  });
  const { data, errors } = await lion.query('mutation { createSession(input: {}) { __typename } }');
  expect(data).toBeNull();
  expect(errors).toHaveLength(1);
  expect(errors![0]!.extensions).toEqual({ code: 'INTERNAL', faultId: expect.stringMatching(/^fault_/) });
  expect(JSON.stringify(errors)).not.toContain('hunter2');
  expect(errors![0]!.message).toContain(errors![0]!.extensions['faultId']);
  expect(log.find((line) => line.faultId === errors![0]!.extensions['faultId'])?.err?.message).toContain('hunter2');
});
