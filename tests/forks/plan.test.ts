import { expect, test } from 'vitest';
import { dataOf } from '../support/api.ts';
import { openProviderLion, planJson } from '../support/provider-lion.ts';
import { fork } from './forking.ts';

test('a plan that was being carried out is shown by a fork as far as it was', async () => {
  await using opened = await openProviderLion();
  const { provider, test: lion } = opened;
  provider.answer(planJson({ a: [], b: ['a'] }), 'Done a.', 'Done b.');
  const plan = await lion.start('plan', { instruction: 'x', execute: true });
  await lion.follow(plan);
  const events = await lion.history(plan.sessionId);
  const seqOf = (type: string, nth = 0) => events.filter((event) => event.type === type)[nth]!.seq;
  const stepsIn = async (sessionId: string) => {
    const id = `op_${sessionId.slice('ses_'.length)}_1`;
    const document = `{ operation(id: "${id}") { planSteps { id status operation { id status session { id } } } } }`;
    return dataOf(await lion.query(document)).operation.planSteps;
  };
  const step = (id: string, status: string, sessionId: string, number?: number, operationStatus?: string) => ({
    id,
    status,
    operation:
      number === undefined
        ? null
        : {
            id: `op_${sessionId.slice('ses_'.length)}_${number}`,
            status: operationStatus ?? status,
            session: { id: sessionId },
          },
  });
  const at = async (atSeq: number) => (await fork(lion, { id: plan.sessionId, atSeq })).id as string;

  const whole = await at(events.at(-1)!.seq);
  expect(await stepsIn(whole)).toEqual([step('a', 'SUCCEEDED', whole, 2), step('b', 'SUCCEEDED', whole, 3)]);
  const unplanned = await at(seqOf('StepSucceeded') - 1);
  expect(await stepsIn(unplanned)).toBeNull();
  const planned = await at(seqOf('StepSucceeded'));
  expect(await stepsIn(planned)).toEqual([step('a', 'PLANNED', planned), step('b', 'PLANNED', planned)]);
  const hadStarted = events.some(
    ({ type, operation, seq }) => type === 'OperationStarted' && operation === 2 && seq < seqOf('PlanStepChanged'),
  );
  const begun = await at(seqOf('PlanStepChanged'));
  expect(await stepsIn(begun)).toEqual([
    step('a', 'RUNNING', begun, 2, hadStarted ? 'RUNNING' : 'QUEUED'),
    step('b', 'PLANNED', begun),
  ]);
  const half = await at(seqOf('PlanStepChanged', 1));
  expect(await stepsIn(half)).toEqual([step('a', 'SUCCEEDED', half, 2), step('b', 'PLANNED', half)]);
});
