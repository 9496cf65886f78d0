import { describe, expect, it } from 'vitest';
import { areAlike, fingerprint } from '../../src/operations/likeness.ts';
import { dataOf } from '../support/api.ts';
import { openTestLion, refOf, type TestLion } from '../support/lion.ts';
import { ideasJson, openProviderLion, promptOf } from '../support/provider-lion.ts';
import { openProviderServer } from '../support/provider-server.ts';
import { scratchFolder } from '../support/scratch.ts';

const document = /* GraphQL */ `
  mutation ($input: BrainstormInput!) {
    brainstorm(input: $input, options: { waitMs: 20000 }) {
      ... on Operation {
        id
        status
        error {
          code
          message
          retryable
        }
        output {
          ... on BrainstormOutput {
            ideas {
              id
              title
              development {
                kind
                status
                childName
                error {
                  code
                }
                output {
                  ... on PerformOutput {
                    text
                  }
                }
              }
            }
          }
        }
        partialOutput {
          ... on BrainstormOutput {
            ideas {
              title
            }
          }
        }
        events(types: [StepStarted, StepSucceeded, IdeaProposed]) {
          nodes {
            type
            ... on StepStarted {
              step
              prompt
            }
            ... on StepSucceeded {
              step
              mends
            }
            ... on IdeaProposed {
              idea {
                id
                title
              }
            }
          }
        }
      }
    }
  }
`;

const like = (a: string, b: string, descriptions: [string, string] = ['', '']): boolean =>
  areAlike(fingerprint({ title: a, description: descriptions[0] }), fingerprint({ title: b, description: descriptions[1] }));

describe('near-duplicates', () => {
  it.each([
    ['Library Loan App', 'The library loan apps'],
    ['Crumb & Morning', 'Morning, Crumb!'],
    ['Café du Coin', 'CAFE DU COIN'],
    ['Solar ovens for bakeries', 'Solar oven for the bakery'],
    ['Neighbourhood book exchange', 'Neighborhood book exchange'],
    ['朝のパン屋', '朝のパン屋。'],
  ])('%s is %s', (a, b) => expect(like(a, b)).toBe(true));

  it.each([
    ['Team A', 'Team B'],
    ['Weekly newsletter', 'Monthly newsletter'],
    ['Reading club for kids', 'Reading club for teens'],
    ['Golden Crust', 'Golden Hour'],
    ['朝のパン屋', '夜のパン屋'],
  ])('%s is not %s', (a, b) => expect(like(a, b)).toBe(false));

  it('are told by their descriptions, too', () => {
    const described = 'A shared table at the window where regulars read the morning papers over fresh rolls and coffee.';
    expect(like('The reading table', 'Papers at the window', [described, described.replace('fresh', 'warm')])).toBe(true);
  });
});

describe('brainstorm', () => {
  it('leaves near-duplicates and surplus ideas out, asks for what is missing, and says so', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    provider.answer(
      ideasJson('Golden Crust', 'The Golden Crusts', 'Morning Crumb'),
      ideasJson('Flour Power', 'Crumb in the Morning', 'Rolling Scones', 'One Too Many'),
    );
    const { brainstorm } = dataOf(await test.query(document, { input: { instruction: 'Name a bakery', count: 4 } }));
    expect(brainstorm).toMatchObject({ status: 'SUCCEEDED', error: null, partialOutput: null });
    expect(brainstorm.output.ideas.map(({ id, title }: { id: string; title: string }) => `${id} ${title}`)).toEqual([
      'idea-1 Golden Crust',
      'idea-2 Morning Crumb',
      'idea-3 Flour Power',
      'idea-4 Rolling Scones',
    ]);
    // What was shown while it streamed is what there is in the end.
    expect(
      brainstorm.events.nodes.flatMap((event: { idea?: { id: string; title: string } }) =>
        event.idea ? [`${event.idea.id} ${event.idea.title}`] : [],
      ),
    ).toEqual(['idea-1 Golden Crust', 'idea-2 Morning Crumb', 'idea-3 Flour Power', 'idea-4 Rolling Scones']);
    expect(brainstorm.events.nodes.filter(({ type }: { type: string }) => type !== 'IdeaProposed')).toEqual([
      { type: 'StepStarted', step: 'ideas', prompt: 'brainstorm.ideas@1' },
      {
        type: 'StepSucceeded',
        step: 'ideas',
        mends: ['The idea "The Golden Crusts" was left out: it is nearly the same as "Golden Crust".'],
      },
      { type: 'StepStarted', step: 'ideas 2', prompt: 'brainstorm.ideas@1' },
      {
        type: 'StepSucceeded',
        step: 'ideas 2',
        mends: [
          'The idea "Crumb in the Morning" was left out: it is nearly the same as "Morning Crumb".',
          '1 of the ideas were left out: 2 were asked for.',
        ],
      },
    ]);
    expect(promptOf(provider.requests[1]!)).toMatch(/- Golden Crust\n- Morning Crumb\n[^]*exactly 2 more/);
  });

  it('ends in a typed failure with what there is when the model has no more', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    provider.answerAll(ideasJson('Golden Crust', 'Golden crust!'));
    const { brainstorm } = dataOf(await test.query(document, { input: { instruction: 'Name a bakery', count: 3 } }));
    expect(brainstorm).toMatchObject({
      status: 'FAILED',
      output: null,
      partialOutput: { ideas: [{ title: 'Golden Crust' }] },
      error: { code: 'IDEAS_TOO_FEW', retryable: true },
    });
    expect(brainstorm.error.message).toContain('3 distinct ideas were asked for, and the model found 1');
    expect(provider.requests).toHaveLength(4);
    // A retry asks again for what is missing, and for no more.
    provider.answerAll(ideasJson('Morning Crumb', 'Flour Power'));
    const { retryOperation } = dataOf(
      await test.query(`mutation ($id: ID!) { retryOperation(id: $id) { ... on Operation { id } } }`, { id: brainstorm.id }),
    );
    expect((await test.eventTypes(refOf(retryOperation.id))).at(-1)).toBe('OperationSucceeded');
    expect(provider.requests).toHaveLength(5);
  });

  it('keeps what there is when the model breaks down while it is asked for more', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    provider.answer(ideasJson('Golden Crust'));
    provider.answerAll((exchange) => exchange.fail(400));
    const { brainstorm } = dataOf(await test.query(document, { input: { instruction: 'Name a bakery', count: 2 } }));
    expect(brainstorm).toMatchObject({
      status: 'FAILED',
      partialOutput: { ideas: [{ title: 'Golden Crust' }] },
      error: { code: 'MODEL_REJECTED' },
    });
  });

  it('explores each idea in a child, some at a time, and keeps the others when one fails', async () => {
    await using lion = await openProviderLion();
    const { provider, test } = lion;
    let atWork = 0;
    let most = 0;
    provider.answerAll(async (exchange) => {
      const prompt = promptOf(exchange);
      if (!prompt.includes('Develop this idea')) {
        exchange.writeText(ideasJson('Alpha loaf', 'Beta roll', 'Gamma bun', 'Delta cake', 'Epsilon tart'));
        return exchange.finish();
      }
      most = Math.max(most, ++atWork);
      exchange.writeHeaders();
      // Who may be at work at a time has had the time to come.
      while (most < 2) await new Promise((turn) => setImmediate(turn));
      atWork--;
      if (prompt.includes('Gamma bun')) return exchange.failInStream('invalid_request_error', 'No buns');
      exchange.writeText(`Developed: ${/"title": "([^"]+)"/.exec(prompt)![1]}`);
      exchange.finish();
    });
    const input = { instruction: 'Name a bakery', count: 5, explore: true, concurrency: 2 };
    const { brainstorm } = dataOf(await test.query(document, { input }));
    expect(brainstorm.status).toBe('SUCCEEDED');
    expect(most).toBe(2);
    expect(
      brainstorm.output.ideas.map(({ title, development }: { title: string; development: Record<string, unknown> }) => [
        title,
        development['childName'],
        development['status'],
        (development['output'] as { text: string } | null)?.text ?? (development['error'] as { code: string }).code,
      ]),
    ).toEqual([
      ['Alpha loaf', 'idea-1', 'SUCCEEDED', 'Developed: Alpha loaf'],
      ['Beta roll', 'idea-2', 'SUCCEEDED', 'Developed: Beta roll'],
      ['Gamma bun', 'idea-3', 'FAILED', 'MODEL_STREAM_ERROR'],
      ['Delta cake', 'idea-4', 'SUCCEEDED', 'Developed: Delta cake'],
      ['Epsilon tart', 'idea-5', 'SUCCEEDED', 'Developed: Epsilon tart'],
    ]);
    // Each stage sees what the user wants, word for word.
    for (const request of provider.requests) expect(promptOf(request)).toContain('<instruction>\nName a bakery\n</instruction>');
  });

  it('that is stopped in the middle starts no more children, and goes on with as many at a time as before', async () => {
    using scratch = scratchFolder();
    await using provider = await openProviderServer();
    const open = (leavesWork: boolean): Promise<TestLion> =>
      openTestLion({
        folder: scratch.path,
        config: { model: 'openai-compatible/x', modelBaseUrl: provider.openaiUrl },
        leavesWork,
      });
    const children = ({ lion }: TestLion): Promise<number> =>
      lion.database.reader.operation.count({ where: { parent: { not: null } } });
    let operation;
    {
      await using test = await open(true);
      operation = await test.start('brainstorm', { instruction: 'x', count: 6, explore: true, concurrency: 2 });
      const asked = await provider.nextRequest();
      asked.writeText(ideasJson('Alpha loaf', 'Beta roll', 'Gamma bun', 'Delta cake', 'Epsilon tart', 'Zeta pie'));
      asked.finish();
      await provider.nextRequest();
      await provider.nextRequest();
      expect(await children(test)).toBe(2);
    }
    await using test = await open(false);
    const requests = [await provider.nextRequest(), await provider.nextRequest()];
    expect(await children(test)).toBe(2);
    provider.answerAll('Developed.');
    for (const request of requests) {
      request.writeText('Developed.');
      request.finish();
    }
    expect((await test.eventTypes(operation)).at(-1)).toBe('OperationSucceeded');
  });
});
