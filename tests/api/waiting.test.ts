import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { applyEvent, createClient, emptyHistory } from '../../src/client/index.ts';
import { define } from '../../src/operations/definition.ts';
import { dataOf, otherProject, until } from '../support/api.ts';
import { testClock } from '../support/clock.ts';
import { gate } from '../support/gate.ts';
import { openTestLion, refOf, type TestLion } from '../support/lion.ts';
import { scripted } from '../support/scripted.ts';

/** Publishes what a person approves of. */
const publish = define({
  kind: 'publish',
  version: 1,
  description: 'Publishes a text that a person approves of.',
  input: z.object({ text: z.string(), withinMs: z.int().optional() }),
  output: z.object({ said: z.string(), drafts: z.int() }),
  async execute({ input, step, ask }) {
    const drafted = await step('draft', () => ++drafts);
    const { approved, note } = await ask('approval', {
      question: `May "${input.text}" be published?`,
      context: { text: input.text },
      schema: z.object({ approved: z.boolean(), note: z.string().min(3, 'must say something').optional() }),
      withinMs: input.withinMs,
    });
    const said = await step('publish', () => `${approved ? 'published' : 'kept'}: ${note ?? 'no note'}`);
    return { said, drafts: drafted };
  },
});
let drafts = 0;

const asked = `id status attempt inputRequest { name question context schema complaint requestedAt until }`;

/** Whatever was due has been done: this append comes after it. */
const settled = async ({ lion }: TestLion): Promise<unknown> => lion.sessions.create(lion.defaultProjectId, {});

async function untilAsked(lion: TestLion, id: string) {
  return until(`${id} waits for a person`, async () => {
    const { operation } = dataOf(await lion.query(`query($id: ID!) { operation(id: $id) { ${asked} } }`, { id }));
    return operation.status === 'WAITING' && operation.inputRequest !== null && operation;
  });
}

const answer = (lion: TestLion, operationId: string, name: string, given: unknown, key?: string) =>
  lion
    .query(
      `mutation($input: AnswerOperationInput!) { answerOperation(input: $input) { __typename ... on Operation { id status inputRequest { name } }
        ... on Error { code message } ... on AnswerInvalidError { issues { path message } } } }`,
      { input: { operationId, name, answer: given } },
      key,
    )
    .then((result) => dataOf(result).answerOperation);

describe('a definition that asks a person', () => {
  test('waits without slot and claim, shows what it asks, and goes on with the answer from what is recorded', async () => {
    await using lion = await openTestLion({ definitions: [publish], config: { concurrency: 1 } });
    drafts = 0;
    const operation = await lion.start('publish', { text: 'Bread!' });
    const waiting = await untilAsked(lion, operation.id);
    expect(waiting).toMatchObject({
      attempt: 1,
      inputRequest: {
        name: 'approval',
        question: 'May "Bread!" be published?',
        context: { text: 'Bread!' },
        schema: { type: 'object', properties: { approved: { type: 'boolean' }, note: { type: 'string', minLength: 3 } } },
        complaint: null,
        until: null,
      },
    });
    expect(lion.lion.agent.running).toBe(0);
    const row = await lion.lion.database.reader.operation.findFirstOrThrow({ where: { number: operation.number } });
    expect(row).toMatchObject({ status: 'WAITING', nodeId: null });
    // The only slot is free for others.
    const other = await lion.start('perform', { instruction: 'Bake bread' }, { waitMs: 30_000 });
    expect((await lion.eventTypes(other)).at(-1)).toBe('OperationSucceeded');

    expect(await answer(lion, operation.id, 'approval', { approved: true, note: 'Fine.' })).toMatchObject({
      __typename: 'Operation',
      inputRequest: null,
    });
    const events = await lion.follow(operation);
    expect(events.map(({ type }) => type)).toEqual([
      'OperationQueued',
      'OperationStarted',
      'StepStarted',
      'StepSucceeded',
      'InputRequested',
      'OperationWaiting',
      'InputReceived',
      'OperationResumed',
      'OperationStarted',
      'StepStarted',
      'StepSucceeded',
      'OperationSucceeded',
    ]);
    expect(events.at(-1)!.payload).toEqual({ kind: 'publish', output: { said: 'published: Fine.', drafts: 1 } });
    expect(drafts).toBe(1);
  });

  test('says which field of an answer is wrong, loses nothing, and takes the next one', async () => {
    await using lion = await openTestLion({ definitions: [publish] });
    const { id } = await lion.start('publish', { text: 'Bread!' });
    await untilAsked(lion, id);
    expect(await answer(lion, id, 'approval', { approved: 'yes', note: 'x' })).toEqual({
      __typename: 'AnswerInvalidError',
      code: 'ANSWER_INVALID',
      message: expect.stringContaining('answer.approved'),
      issues: [
        { path: 'answer.approved', message: expect.stringContaining('expected boolean') },
        { path: 'answer.note', message: expect.stringContaining('3') },
      ],
    });
    expect(await untilAsked(lion, id)).toMatchObject({ inputRequest: { name: 'approval' } });
    expect(await answer(lion, id, 'approval', { approved: false })).toMatchObject({ __typename: 'Operation' });
    const events = await lion.follow(refOf(id));
    expect(events.filter(({ type }) => type === 'InputReceived').map(({ payload }) => payload)).toEqual([
      { name: 'approval', answer: { approved: false }, by: 'the key "test"', keyId: expect.stringMatching(/^key_/) },
    ]);
    expect(events.at(-1)!.payload).toMatchObject({ output: { said: 'kept: no note' } });
  });

  test('takes exactly one of many answers that race, and tells the others so', async () => {
    await using lion = await openTestLion({ definitions: [publish] });
    const operation = await lion.start('publish', { text: 'Bread!' });
    await untilAsked(lion, operation.id);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => answer(lion, operation.id, 'approval', { approved: true, note: `note ${index}` })),
    );
    expect(answers.filter(({ code }) => code === 'INPUT_ALREADY_RECEIVED')).toHaveLength(29);
    const won = answers.findIndex(({ code }) => code === undefined);
    const events = await lion.follow(operation);
    expect(events.filter(({ type }) => type === 'InputReceived')).toHaveLength(1);
    expect(events.at(-1)!.payload).toMatchObject({ output: { said: `published: note ${won}` } });
    // Also when all is over.
    expect(await answer(lion, operation.id, 'approval', { approved: true })).toMatchObject({ code: 'INPUT_ALREADY_RECEIVED' });
  });

  test('refuses what nobody asks for, with typed errors', async () => {
    await using lion = await openTestLion({ definitions: [publish] });
    const { id } = await lion.start('publish', { text: 'Bread!' });
    await untilAsked(lion, id);
    const stranger = await otherProject(lion);
    expect(await answer(lion, id, 'approval', { approved: true }, stranger)).toMatchObject({ code: 'OPERATION_NOT_FOUND' });
    expect(await answer(lion, `${id}99`, 'approval', { approved: true })).toMatchObject({ code: 'OPERATION_NOT_FOUND' });
    expect(await answer(lion, 'nonsense', 'approval', { approved: true })).toMatchObject({ code: 'OPERATION_NOT_FOUND' });
    expect(await answer(lion, id, 'else', { approved: true })).toMatchObject({ code: 'OPERATION_NOT_WAITING' });
    const done = await lion.start('perform', { instruction: 'Bake' }, { waitMs: 30_000 });
    expect(await answer(lion, done.id, 'approval', true)).toMatchObject({ code: 'OPERATION_FINISHED' });
    const { errors } = await lion.query(
      'mutation($input: AnswerOperationInput!) { answerOperation(input: $input) { __typename } }',
      { input: { operationId: id, name: 'approval', answer: 'x'.repeat(300_000) } },
    );
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_INPUT', issues: [{ path: 'input.answer' }] } }]);
    await lion.query('mutation($id: ID!) { cancelOperation(id: $id) { __typename } }', { id });
  });

  test('is cancelled while it waits, and asks nothing any more', async () => {
    await using lion = await openTestLion({ definitions: [publish] });
    const operation = await lion.start('publish', { text: 'Bread!', withinMs: 60_000 });
    await untilAsked(lion, operation.id);
    const cancelled = dataOf(
      await lion.query(`mutation($id: ID!) { cancelOperation(id: $id) { ... on Operation { status inputRequest { name } } } }`, {
        id: operation.id,
      }),
    ).cancelOperation;
    expect(cancelled).toEqual({ status: 'CANCELLED', inputRequest: null });
    expect(await answer(lion, operation.id, 'approval', { approved: true })).toMatchObject({ code: 'OPERATION_FINISHED' });
    expect((await lion.eventTypes(operation)).at(-1)).toBe('OperationCancelled');
    expect(await lion.lion.database.reader.wait.count()).toBe(0);
  });

  test('fails with a code of its own when nobody answers in time; a retry does nothing again but ask', async () => {
    const clock = testClock();
    await using lion = await openTestLion({ definitions: [publish], clock });
    drafts = 0;
    const operation = await lion.start('publish', { text: 'Bread!', withinMs: 3_600_000 });
    const { inputRequest } = await untilAsked(lion, operation.id);
    expect(Date.parse(inputRequest.until) - Date.parse(inputRequest.requestedAt)).toBe(3_600_000);
    clock.pass(3_599_000);
    await settled(lion);
    expect(await untilAsked(lion, operation.id)).toMatchObject({ status: 'WAITING' });
    clock.pass(1_000);
    const events = await lion.follow(operation);
    expect(events.map(({ type }) => type).slice(5)).toEqual([
      'OperationWaiting',
      'InputExpired',
      'OperationResumed',
      'OperationStarted',
      'OperationFailed',
    ]);
    expect(events.at(-1)!.payload).toMatchObject({ error: { code: 'INPUT_TIMED_OUT', retryable: true } });
    expect(await answer(lion, operation.id, 'approval', { approved: true })).toMatchObject({ code: 'OPERATION_FINISHED' });

    const { retryOperation } = dataOf(
      await lion.query(`mutation($id: ID!) { retryOperation(id: $id) { ... on Operation { id } } }`, { id: operation.id }),
    );
    await untilAsked(lion, retryOperation.id);
    await answer(lion, retryOperation.id, 'approval', { approved: true });
    expect((await lion.follow(refOf(retryOperation.id))).at(-1)).toMatchObject({ payload: { output: { drafts: 1 } } });
    expect(drafts).toBe(1);
  });

  test('asks again, with the complaint, for what JSON Schema cannot express', async () => {
    const picky = define({
      kind: 'picky',
      version: 1,
      description: 'Wants an even number.',
      input: z.object({ text: z.string() }),
      output: z.object({ number: z.int() }),
      async execute({ ask }) {
        const schema = z.object({ number: z.int().refine((number) => number % 2 === 0, 'must be even') });
        return ask('number', { question: 'Which?', schema, withinMs: 3_600_000 });
      },
    });
    await using lion = await openTestLion({ definitions: [picky] });
    const operation = await lion.start('picky', { text: 'x' });
    const first = await untilAsked(lion, operation.id);
    expect(await answer(lion, operation.id, 'number', { number: 3 })).toMatchObject({ __typename: 'Operation' });
    const again = await until('it asks again', async () => {
      const asks = await untilAsked(lion, operation.id);
      return asks.inputRequest.complaint !== null && asks;
    });
    expect(again.inputRequest).toMatchObject({ complaint: 'answer.number: must be even', until: first.inputRequest.until });
    await answer(lion, operation.id, 'number', { number: 4 });
    expect((await lion.follow(operation)).at(-1)).toMatchObject({ payload: { output: { number: 4 } } });
  });
});

describe('operations that wait among others', () => {
  const boss = define({
    kind: 'boss',
    version: 1,
    description: 'Has two texts published, and does something beside.',
    input: z.object({ text: z.string() }),
    output: z.object({ said: z.array(z.string()), beside: z.string() }),
    async execute({ input, child, step }) {
      const [first, second, beside] = await Promise.all([
        child(publish, { text: `${input.text} 1` }, { name: 'first' }),
        child(publish, { text: `${input.text} 2` }, { name: 'second' }),
        step('beside', () => 'done'),
      ]);
      return { said: [first.said, second.said], beside };
    },
  });

  test('children wait for people, in one slot; the parent goes on when all are answered', async () => {
    await using lion = await openTestLion({ definitions: [publish, boss], config: { concurrency: 1 } });
    const operation = await lion.start('boss', { text: 'Bread' });
    const children = await until('both children ask', async () => {
      const { operation: found } = dataOf(
        await lion.query(
          `query($id: ID!) { operation(id: $id) { status children { id childName status inputRequest { name } } } }`,
          {
            id: operation.id,
          },
        ),
      );
      const asking = found.children.filter((child: { inputRequest: unknown }) => child.inputRequest !== null);
      return asking.length === 2 && found.children;
    });
    await lion.start('perform', { instruction: 'Bake bread' }, { waitMs: 30_000 });
    const byName = (name: string) => children.find((child: { childName: string }) => child.childName === name).id;
    await answer(lion, byName('second'), 'approval', { approved: true });
    await answer(lion, byName('first'), 'approval', { approved: false });
    const events = await lion.follow(operation);
    expect(events.at(-1)).toMatchObject({
      type: 'OperationSucceeded',
      payload: { output: { said: ['kept: no note', 'published: no note'], beside: 'done' } },
    });
    // The parent has kept its claim.
    expect(events.filter(({ type, operation: of }) => type === 'OperationStarted' && of === operation.number)).toHaveLength(1);
  });

  test('what goes on beside a question goes on; what is answered meanwhile needs no other attempt', async () => {
    const beside = gate();
    const both = define({
      kind: 'both',
      version: 1,
      description: 'Asks, and works.',
      input: z.object({ text: z.string() }),
      output: z.object({ answers: z.array(z.string()), worked: z.string() }),
      async execute({ ask, step }) {
        const [one, worked] = await Promise.all([
          ask('one', { question: 'One?', schema: z.string() }),
          step('work', () => beside.opened.then(() => 'worked')),
        ]);
        const more = await Promise.all(['two', 'three'].map((name) => ask(name, { question: `${name}?`, schema: z.string() })));
        return { answers: [one, ...more], worked };
      },
    });
    await using lion = await openTestLion({ definitions: [both] });
    const operation = await lion.start('both', { text: 'x' });
    const running = await until('it asks', async () => {
      const found = dataOf(await lion.query(`query($id: ID!) { operation(id: $id) { ${asked} } }`, { id: operation.id }));
      return found.operation.inputRequest !== null && found.operation;
    });
    expect(running.status).toBe('RUNNING');
    expect(await answer(lion, operation.id, 'one', '1')).toMatchObject({ status: 'RUNNING' });
    beside.open();
    expect(await untilAsked(lion, operation.id)).toMatchObject({ attempt: 1, inputRequest: { name: 'three' } });
    await answer(lion, operation.id, 'three', '3');
    await until('it waits for the other one', async () => (await untilAsked(lion, operation.id)).inputRequest.name === 'two');
    await answer(lion, operation.id, 'two', '2');
    expect((await lion.follow(operation)).at(-1)).toMatchObject({
      type: 'OperationSucceeded',
      payload: { output: { answers: ['1', '2', '3'], worked: 'worked' } },
    });
  });
});

describe('a selection by a person', () => {
  const choices = ['Rye', 'Spelt', 'Wheat'].map((label) => ({ label }));
  const select = (input: object) => ({
    document: `mutation($input: SelectInput!) { select(input: $input) { ... on Operation { id } ... on Error { code message } } }`,
    variables: { input: { instruction: 'Which flour?', choices, by: 'PERSON', ...input } },
  });

  test('asks no model, and takes only choices that were given', async () => {
    await using lion = await openTestLion({ models: scripted([]) });
    const { document, variables } = select({ max: 2 });
    const { id } = dataOf(await lion.query(document, variables)).select;
    const { inputRequest } = await untilAsked(lion, id);
    expect(inputRequest).toMatchObject({
      name: 'selection',
      question: 'Which flour?',
      context: { choices: [{ id: 'choice-1', label: 'Rye' }, expect.anything(), expect.anything()] },
    });
    const codeOf = async (selected: unknown) => (await answer(lion, id, 'selection', { selected })).code;
    expect(await codeOf(['choice-4'])).toBe('ANSWER_INVALID');
    expect(await codeOf([])).toBe('ANSWER_INVALID');
    expect(await codeOf(['choice-1', 'choice-1'])).toBe('ANSWER_INVALID');
    expect(await codeOf(['choice-1', 'choice-2', 'choice-3'])).toBe('ANSWER_INVALID');
    await answer(lion, id, 'selection', { selected: ['choice-3', 'choice-1'], rationale: 'They rise.' });
    await lion.follow(refOf(id));
    const { operation } = dataOf(
      await lion.query(
        `query($id: ID!) { operation(id: $id) { output { ... on SelectOutput { selected { choice { id label } score rationale tieBreak } } } } }`,
        { id },
      ),
    );
    expect(operation.output.selected).toEqual([
      { choice: { id: 'choice-3', label: 'Wheat' }, score: null, rationale: 'They rise.', tieBreak: null },
      { choice: { id: 'choice-1', label: 'Rye' }, score: null, rationale: 'They rise.', tieBreak: null },
    ]);
  });

  test('is given up by its own time', async () => {
    const clock = testClock();
    await using lion = await openTestLion({ clock });
    const { document, variables } = select({ withinMs: 60_000 });
    const { id } = dataOf(await lion.query(document, variables)).select;
    await untilAsked(lion, id);
    clock.pass(60_000);
    expect((await lion.follow(refOf(id))).at(-1)).toMatchObject({ payload: { error: { code: 'INPUT_TIMED_OUT' } } });
    const refused = await lion.query(document, { input: { ...variables.input, by: 'MODEL', withinMs: 1 } });
    expect(refused.errors).toMatchObject([{ extensions: { code: 'BAD_INPUT', issues: [{ path: 'input.withinMs' }] } }]);
  });
});

test('what is asked and answered can be followed over a WebSocket, with typed fields', async () => {
  await using lion = await openTestLion({ definitions: [publish] });
  const client = createClient({ url: lion.url, key: lion.key, webSocketImpl: WebSocket });
  try {
    const { id } = await client.start('publish', { text: 'Bread!', withinMs: 3_600_000 });
    let view = emptyHistory;
    const told: unknown[] = [];
    for await (const event of client.followOperation(id)) {
      view = applyEvent(view, event);
      const { status, inputRequests } = view.operations.get(id)!;
      if (event.type.startsWith('Input') || event.type === 'OperationWaiting' || event.type === 'OperationResumed')
        told.push([event.type, status, inputRequests.map(({ name, question }) => `${name}: ${question}`)]);
      if (event.type !== 'OperationWaiting') continue;
      expect(event).toMatchObject({ waitingFor: 'PERSON', names: ['approval'], until: expect.any(String) });
      const wrong = await client
        .answerOperation({ operationId: id, name: 'approval', answer: {} })
        .catch((error: unknown) => error);
      expect(wrong).toMatchObject({ code: 'ANSWER_INVALID', issues: [{ path: 'answer.approved' }] });
      expect((await client.operation(id))?.inputRequest).toMatchObject({ name: 'approval', until: event.until });
      await client.answerOperation({ operationId: id, name: 'approval', answer: { approved: true } });
    }
    const question = 'approval: May "Bread!" be published?';
    expect(told).toEqual([
      ['InputRequested', 'RUNNING', [question]],
      ['OperationWaiting', 'WAITING', [question]],
      ['InputReceived', 'WAITING', []],
      ['OperationResumed', 'QUEUED', []],
    ]);
  } finally {
    await client.close();
  }
});
