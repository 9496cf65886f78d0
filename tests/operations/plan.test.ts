import { describe, expect, it } from 'vitest';
import { dataOf } from '../support/api.ts';
import { gate } from '../support/gate.ts';
import { until } from '../support/api.ts';
import { refOf, type TestLion } from '../support/lion.ts';
import { openProviderLion, planJson, promptOf } from '../support/provider-lion.ts';
import type { ProviderExchange } from '../support/provider-server.ts';

const stepFields = /* GraphQL */ `
  fragment StepFields on PlanStep {
    id
    status
    partOf
    dependsOn
    operation {
      childName
      status
    }
  }
`;

const planMutation = /* GraphQL */ `
  mutation ($input: PlanInput!, $options: OperationOptions) {
    plan(input: $input, options: $options) {
      ... on Operation {
        id
        status
        error {
          code
          message
        }
        output {
          ... on PlanOutput {
            steps {
              ...StepFields
              steps {
                ...StepFields
              }
            }
          }
        }
        partialOutput {
          ... on PlanOutput {
            steps {
              ...StepFields
            }
          }
        }
      }
    }
  }
  ${stepFields}
`;

/** Which step of the plan a request carries out; undefined for one that asks for the plan itself. */
const stepOf = (exchange: ProviderExchange): string | undefined => /Your step is "([^"]+)"/.exec(promptOf(exchange))?.[1];

const answer = (exchange: ProviderExchange, text: string): void => {
  exchange.writeText(text);
  exchange.finish();
};

async function stepsOf(test: TestLion, id: string): Promise<string[]> {
  const { operation } = dataOf(
    await test.query(
      /* GraphQL */ `
        query ($id: ID!) {
          operation(id: $id) {
            planSteps {
              ...StepFields
            }
          }
        }
        ${stepFields}
      `,
      { id },
    ),
  );
  return (operation.planSteps ?? []).map(
    (step: { id: string; status: string; operation: { status: string } | null }) =>
      `${step.id} ${step.status} ${step.operation?.status ?? '-'}`,
  );
}

describe('execute', () => {
  it('carries steps out as soon as what they depend on is done, side by side where the graph allows, each with the results', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    const gates = new Map(['a', 'b', 'c', 'd', 'e'].map((id) => [id, gate()]));
    provider.answerAll(async (exchange) => {
      const step = stepOf(exchange);
      if (step === undefined) return answer(exchange, planJson({ a: [], b: [], c: ['a'], d: ['a', 'b'], e: ['c', 'd'] }));
      gates.get(step)!.reach();
      await gates.get(step)!.opened;
      answer(exchange, `result of ${step}`);
    });
    const input = { instruction: 'Open a bakery', guidance: 'Be quick', context: { town: 'Ulm' }, execute: true };
    const started = dataOf(await test.query(planMutation, { input }));
    const { id } = started.plan;
    const at = (step: string): Promise<void> => gates.get(step)!.reached;
    // Both at once: neither depends on the other.
    await Promise.all([at('a'), at('b')]);
    await until('both are said to run', async () => {
      const [a, b] = await stepsOf(test, id);
      return a === 'a RUNNING RUNNING' && b === 'b RUNNING RUNNING';
    });
    expect((await stepsOf(test, id)).slice(2)).toEqual(['c PLANNED -', 'd PLANNED -', 'e PLANNED -']);
    gates.get('a')!.open();
    await at('c');
    await until('a is done', async () => (await stepsOf(test, id))[0] === 'a SUCCEEDED SUCCEEDED');
    expect((await stepsOf(test, id))[3]).toBe('d PLANNED -');
    gates.get('b')!.open();
    await at('d');
    for (const step of ['c', 'd', 'e']) gates.get(step)!.open();
    const events = await test.follow(refOf(id));
    expect(
      events.flatMap((event) =>
        event.type === 'PlanStepChanged' ? [`${event.payload.planStep.id} ${event.payload.planStep.status}`] : [],
      ),
    ).toEqual(expect.arrayContaining(['a RUNNING', 'a SUCCEEDED', 'e RUNNING', 'e SUCCEEDED']));
    expect(await stepsOf(test, id)).toEqual(['a', 'b', 'c', 'd', 'e'].map((step) => `${step} SUCCEEDED SUCCEEDED`));

    const promptFor = (step: string): string =>
      provider.requests.map((request) => promptOf(request)).find((prompt) => prompt.includes(`Your step is "${step}"`))!;
    for (const step of ['a', 'b', 'c', 'd', 'e']) {
      expect(promptFor(step)).toContain('<instruction>\nOpen a bakery\n</instruction>');
      expect(promptFor(step)).toContain('Be quick');
      expect(promptFor(step)).toContain('"town": "Ulm"');
      expect(promptFor(step)).toContain('- e: Do e (after c, d)');
    }
    expect(promptFor('d')).toContain('<result step="a">\nresult of a\n</result>');
    expect(promptFor('d')).toContain('<result step="b">\nresult of b\n</result>');
    expect(promptFor('e')).not.toContain('result of a');
  });

  it('skips what depends on a step that failed and says so, keeps all else, and goes on from there when it is retried', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    let broken = true;
    const asked: string[] = [];
    provider.answerAll((exchange) => {
      const step = stepOf(exchange);
      if (step === undefined) return answer(exchange, planJson({ a: [], b: ['a'], c: ['b'], d: [], e: ['d'] }));
      asked.push(step);
      if (step === 'b' && broken) return exchange.fail(401);
      answer(exchange, `result of ${step}`);
    });
    const { plan } = dataOf(
      await test.query(planMutation, { input: { instruction: 'x', execute: true }, options: { waitMs: 20_000 } }),
    );
    expect(plan).toMatchObject({ status: 'FAILED', output: null, error: { code: 'PLAN_STEPS_FAILED' } });
    expect(plan.error.message).toContain('2 of the 5 steps of the plan were not done. "b": ');
    expect(
      plan.partialOutput.steps.map((step: { id: string; status: string; operation: { childName: string } | null }) => [
        step.id,
        step.status,
        step.operation?.childName ?? null,
      ]),
    ).toEqual([
      ['a', 'SUCCEEDED', 'a'],
      ['b', 'FAILED', 'b'],
      ['c', 'SKIPPED', null],
      ['d', 'SUCCEEDED', 'd'],
      ['e', 'SUCCEEDED', 'e'],
    ]);
    const events = await test.follow(refOf(plan.id));
    const skipped = events.find((event) => event.type === 'PlanStepChanged' && event.payload.planStep.status === 'SKIPPED');
    expect(skipped?.payload).toMatchObject({
      planStep: { id: 'c' },
      reason: 'It depends on "b", which was not done (FAILED).',
    });

    broken = false;
    asked.length = 0;
    const { retryOperation } = dataOf(
      await test.query(`mutation ($id: ID!) { retryOperation(id: $id) { ... on Operation { id } } }`, { id: plan.id }),
    );
    const retried = await test.follow(refOf(retryOperation.id));
    expect(retried.at(-1)?.type).toBe('OperationSucceeded');
    expect(asked).toEqual(['b', 'c']);
    expect(await stepsOf(test, retryOperation.id)).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((step) => `${step} SUCCEEDED SUCCEEDED`),
    );
  });

  it('a step that a person cancels is cancelled, and what depends on it skipped', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    const inside = gate();
    provider.answerAll(async (exchange) => {
      const step = stepOf(exchange);
      if (step === undefined) return answer(exchange, planJson({ a: [], b: ['a'] }));
      exchange.writeText('Well');
      inside.reach();
    });
    const { plan } = dataOf(await test.query(planMutation, { input: { instruction: 'x', execute: true } }));
    await inside.reached;
    const ref = refOf(plan.id);
    const child = await until('the child is there', async () => {
      const { operation } = dataOf(
        await test.query(`query ($id: ID!) { operation(id: $id) { planSteps { operation { id } } } }`, { id: plan.id }),
      );
      return operation.planSteps[0].operation?.id as string | undefined;
    });
    dataOf(await test.query(`mutation ($id: ID!) { cancelOperation(id: $id) { __typename } }`, { id: child }));
    expect((await test.follow(ref)).at(-1)?.type).toBe('OperationFailed');
    expect(await stepsOf(test, plan.id)).toEqual(['a CANCELLED CANCELLED', 'b SKIPPED -']);
  });

  it('works with one slot, and no more at a time than it is asked for', async () => {
    await using lion = await openProviderLion({ config: { concurrency: 1 } });
    const { provider, test } = lion;
    let atWork = 0;
    let most = 0;
    provider.answerAll(async (exchange) => {
      if (stepOf(exchange) === undefined)
        return answer(
          exchange,
          planJson(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`s${n}`, n < 10 ? [] : [`s${n - 10}`]]))),
        );
      most = Math.max(most, ++atWork);
      await new Promise((turn) => setImmediate(turn));
      atWork--;
      answer(exchange, 'done');
    });
    const input = { instruction: 'x', execute: true, concurrency: 3 };
    const { plan } = dataOf(await test.query(planMutation, { input, options: { waitMs: 30_000 } }));
    expect(plan.status).toBe('SUCCEEDED');
    expect(most).toBe(1);
  });
});

describe('expand', () => {
  it('breaks each step down, and carries the parts out after all that their step depends on', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    const asked: string[] = [];
    provider.answerAll((exchange) => {
      const step = stepOf(exchange);
      const expanded = /Break its step "([^"]+)"/.exec(promptOf(exchange))?.[1];
      if (step !== undefined) {
        asked.push(step);
        return answer(exchange, `result of ${step}`);
      }
      if (expanded === 'a') return answer(exchange, planJson({ x: [], y: ['x'] }));
      if (expanded === 'b') return answer(exchange, planJson({ x: [] }));
      answer(exchange, planJson({ a: [], b: ['a'] }));
    });
    const input = { instruction: 'x', expand: true, execute: true };
    const { plan } = dataOf(await test.query(planMutation, { input, options: { waitMs: 20_000 } }));
    expect(plan.status).toBe('SUCCEEDED');
    expect(
      plan.output.steps.map(
        ({ id, status, operation, steps }: { id: string; status: string; operation: unknown; steps: object[] }) => ({
          id,
          status,
          operation,
          steps,
        }),
      ),
    ).toEqual([
      {
        id: 'a',
        status: 'SUCCEEDED',
        operation: null,
        steps: [
          { id: 'a.x', status: 'SUCCEEDED', partOf: 'a', dependsOn: [], operation: { childName: 'a.x', status: 'SUCCEEDED' } },
          {
            id: 'a.y',
            status: 'SUCCEEDED',
            partOf: 'a',
            dependsOn: ['a.x'],
            operation: { childName: 'a.y', status: 'SUCCEEDED' },
          },
        ],
      },
      {
        id: 'b',
        status: 'SUCCEEDED',
        operation: null,
        steps: [
          { id: 'b.x', status: 'SUCCEEDED', partOf: 'b', dependsOn: [], operation: { childName: 'b.x', status: 'SUCCEEDED' } },
        ],
      },
    ]);
    expect(asked).toEqual(['a.x', 'a.y', 'b.x']);
    expect(provider.requests.map((request) => promptOf(request)).at(-1)).toContain('## Do x\n\nresult of a.x');
  });

  it('keeps ids apart where the ids of steps look like those of parts', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    provider.answerAll((exchange) => {
      const prompt = promptOf(exchange);
      const parts = planJson({ '1': [], '2': ['1'] });
      answer(
        exchange,
        stepOf(exchange) !== undefined
          ? 'done'
          : prompt.includes('Break its step')
            ? parts
            : planJson({ '1': [], '1.1': [], '2': ['1.1'] }),
      );
    });
    const input = { instruction: 'x', expand: true, execute: true };
    const { plan } = dataOf(await test.query(planMutation, { input, options: { waitMs: 20_000 } }));
    expect(plan).toMatchObject({ status: 'SUCCEEDED', error: null });
    const parts = plan.output.steps.flatMap(({ steps }: { steps: { id: string; status: string }[] }) => steps);
    expect(parts.map(({ id, status }: { id: string; status: string }) => `${id} ${status}`)).toEqual(
      ['1.1-2', '1.2', '2.1', '2.2', '1.1.1', '1.1.2'].map((id) => `${id} SUCCEEDED`),
    );
  });
});

it('a history of hundreds of operations can be read with all of them, and a plan that was cancelled has no step that runs', async () => {
  await using lion = await openProviderLion();
  const { provider, test } = lion;
  const ids = Array.from({ length: 100 }, (_, n) => `s${n}`);
  const parts = planJson({ a: [], b: [], c: [], d: [], e: [], f: [] });
  provider.answerAll((exchange) => {
    if (stepOf(exchange) === 's99.f') return exchange.writeHeaders();
    const text =
      stepOf(exchange) !== undefined
        ? 'done'
        : promptOf(exchange).includes('Break its step')
          ? parts
          : planJson(Object.fromEntries(ids.map((id) => [id, []])));
    answer(exchange, text);
  });
  const { plan } = dataOf(
    await test.query(planMutation, { input: { instruction: 'x', expand: true, execute: true, concurrency: 50 } }),
  );
  await until('all but one are done', async () => {
    const children = await test.lion.database.reader.operation.count({ where: { parent: { not: null }, status: 'SUCCEEDED' } });
    return children === 599;
  });
  dataOf(await test.query(`mutation ($id: ID!) { cancelOperation(id: $id) { __typename } }`, { id: plan.id }));
  const { operation } = dataOf(
    await test.query(
      `query ($id: ID!) { operation(id: $id) { planSteps { status steps { id status operation { status } } }
        events(first: 1000) { nodes { seq operation { status } } } } }`,
      { id: plan.id },
    ),
  );
  expect(operation.events.nodes).toHaveLength(1000);
  const leaves = operation.planSteps.flatMap(({ steps }: { steps: { id: string; status: string }[] }) => steps);
  expect(leaves).toHaveLength(600);
  expect(leaves.at(-1)).toMatchObject({ id: 's99.f', status: 'CANCELLED', operation: { status: 'CANCELLED' } });
  expect(operation.planSteps.at(-1).status).toBe('CANCELLED');
}, 60_000);
