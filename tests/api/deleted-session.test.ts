import { expect, it } from 'vitest';
import { gate, untilAborted } from '../support/gate.ts';
import { openTestLion } from '../support/lion.ts';
import { define } from '../../src/operations/definition.ts';
import { z } from 'zod';

it('whoever waits for an operation whose session is deleted is told so at once', async () => {
  const inside = gate();
  const endless = define({
    kind: 'endless',
    version: 1,
    description: 'Never ends.',
    input: z.object({ name: z.string() }),
    output: z.object({ name: z.string() }),
    async execute({ input, step, signal }) {
      await step('wait', () => {
        inside.reach();
        return untilAborted(signal);
      });
      return input;
    },
  });
  await using test = await openTestLion({ definitions: [endless] });
  const sessionId = await test.lion.sessions.create(test.lion.defaultProjectId, {});
  const waiting = test.query(
    `mutation($s: ID) { endless(input: { name: "x" }, options: { sessionId: $s, waitMs: 60000 }) { __typename ... on Error { code } } }`,
    { s: sessionId },
  );
  await inside.reached;
  await test.query(`mutation($s: ID!) { deleteSession(id: $s) { __typename } }`, { s: sessionId });
  expect(await waiting).toEqual({ data: { endless: { __typename: 'SessionNotFoundError', code: 'SESSION_NOT_FOUND' } } });
});

it('an event of the session itself has no operation, whatever is asked of it', async () => {
  await using test = await openTestLion();
  const sessionId = await test.lion.sessions.create(test.lion.defaultProjectId, {});
  const { data, errors } = await test.query(
    `query($s: ID!) { session(id: $s) { events { nodes { type operation { parent { id } children { id } session { id } } } } } }`,
    { s: sessionId },
  );
  expect(errors).toBeUndefined();
  expect(data.session.events.nodes).toEqual([{ type: 'SessionCreated', operation: null }]);
});
