import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BuiltinTask, createBuiltinModel } from '../../src/models/builtin/index.ts';

interface Step {
  id: string;
  title: string;
  description: string;
  dependsOn: string[];
  doneWhen: string;
}

async function plan(task: Omit<Extract<BuiltinTask, { task: 'plan' }>, 'task'>, seed = 0): Promise<Step[]> {
  const { content } = await createBuiltinModel().doGenerate({
    prompt: [],
    seed,
    providerOptions: { builtin: { task: 'plan', ...task } as never },
  });
  return (JSON.parse((content[0] as { text: string }).text) as { steps: Step[] }).steps;
}

/** One instruction of each kind, and a word that only its breakdown has. */
const KINDS = [
  ['Plan a web application for a village library', 'Sketch the screens'],
  ['Migrate our shop from Magento to Shopify', 'Switch over'],
  ['Research the effects of screen time on sleep', 'Sharpen the question'],
  ['Analyse the survey data of our customers', 'Answer the question'],
  ['Organise a wedding for 80 guests', 'Invite'],
  ['Plan a trip to Lisbon with two kids', 'Draw the route'],
  ['Write an essay about bees', 'Write the draft in one go'],
  ['Buy a used bike under 500 euros', 'Make a shortlist of three'],
  ['Learn Spanish in a year', 'Practise the foundations'],
  ['Hire a senior backend engineer', 'Write an honest advertisement'],
  ['Run a marketing campaign for a podcast', 'Find the one sentence'],
  ['Train for a marathon', 'Build the base'],
  ['Move to a flat in Berlin', 'Book the carriers'],
  ['Renovate the kitchen', 'Measure and examine'],
  ['Open a bakery', 'Find the place'],
  ['Reduce food waste in our school canteen', 'Find the two main causes'],
  ['Colonise the moon', 'Work out three ways'],
] as const;

function expectValid(steps: readonly Step[]): void {
  const seen = new Set<string>();
  for (const { id, title, description, dependsOn, doneWhen } of steps) {
    expect(id).toMatch(/^[a-z0-9][a-z0-9-]*$/);
    expect(seen.has(id), id).toBe(false);
    // A step depends on earlier ones only, each once: so there is no cycle.
    for (const dependency of dependsOn) expect(seen.has(dependency), `${id} depends on ${dependency}`).toBe(true);
    expect(new Set(dependsOn).size).toBe(dependsOn.length);
    seen.add(id);
    expect(title.length).toBeLessThanOrEqual(100);
    for (const text of [title, description, doneWhen]) {
      expect(text.length).toBeGreaterThan(2);
      expect(text).not.toMatch(/[{}]|undefined| {2}/);
    }
  }
}

describe('plan', () => {
  it.each(KINDS)('breaks down by the kind of work: %s', async (instruction, title) => {
    const steps = await plan({ instruction });
    expectValid(steps);
    expect(steps.map((step) => step.title)).toContain(title);
    expect(steps.length).toBeGreaterThanOrEqual(7);
    expect(steps.length).toBeLessThanOrEqual(12);
    const wide = new Set(
      steps
        .map(({ dependsOn }) => dependsOn.join())
        .filter((key) => steps.filter((step) => step.dependsOn.join() === key).length > 1),
    );
    expect(wide.size, 'nothing can be done side by side').toBeGreaterThan(0);
  });

  it.each(KINDS)('has exactly as many steps as wanted: %s', async (instruction) => {
    for (const steps of [1, 2, 3, 5, 8, 13, 30, 64, 100]) {
      const result = await plan({ instruction, steps });
      expect(result).toHaveLength(steps);
      expectValid(result);
      expect(new Set(result.map(({ title }) => title)).size).toBe(steps);
    }
  });

  it('builds what the instruction names', async () => {
    const titles = (await plan({ instruction: 'Build an app with login, search and reminders' })).map(({ title }) => title);
    expect(titles).toEqual(expect.arrayContaining(['Build login', 'Build search', 'Build reminders']));
  });

  it('carries out the idea in the context, and keeps to guidance, limits and facts', async () => {
    const steps = await plan({
      instruction: 'Organise a birthday party for my dad with 20 guests',
      guidance: 'no speeches',
      context: { idea: { title: 'A breakfast by the lake', description: 'Early and quiet. Then home.' }, budget: 300 },
    });
    const text = JSON.stringify(steps);
    for (const words of ['A breakfast by the lake', 'early and quiet', 'no speeches', '20 guests', 'budget: 300', 'your dad'])
      expect(text).toContain(words);
  });

  it('holds for any words and numbers', { timeout: 60_000 }, async () => {
    const word = fc.constantFrom(
      'plan',
      'build',
      'an',
      'app',
      'with',
      'search',
      ',',
      'and',
      'reminders',
      'a',
      'party',
      'for',
      'me',
      'write',
      'learn',
      'to',
      '3',
      'weeks',
      'search',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { maxLength: 12 }),
        fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
        fc.integer(),
        async (text, steps, seed) => {
          const result = await plan({ instruction: text.join(' '), ...(steps === undefined ? {} : { steps }) }, seed);
          if (steps !== undefined) expect(result).toHaveLength(steps);
          expectValid(result);
        },
      ),
      { numRuns: 150, seed: 1 },
    );
  });
});
