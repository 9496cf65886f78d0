import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { define } from '../../src/operations/definition.ts';
import { dataOf, until } from '../support/api.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';

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

export async function untilAsked(lion: TestLion, id: string) {
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
});
