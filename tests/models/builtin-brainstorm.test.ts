import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BuiltinTask, createBuiltinModel } from '../../src/models/builtin/index.ts';

interface Idea {
  title: string;
  description: string;
  rationale: string;
}

async function brainstorm(task: Omit<Extract<BuiltinTask, { task: 'brainstorm' }>, 'task'>, seed = 0): Promise<Idea[]> {
  const { content } = await createBuiltinModel().doGenerate({
    prompt: [],
    seed,
    providerOptions: { builtin: { task: 'brainstorm', ...task } as never },
  });
  return (JSON.parse((content[0] as { text: string }).text) as { ideas: Idea[] }).ideas;
}

const INSTRUCTIONS = [
  'Plan a web application for a village library',
  'How can we reduce food waste in our school canteen?',
  'Name a bakery',
  'Organise a birthday party for my dad with 20 guests',
  'I want to learn to play the guitar in 3 months',
  'Write a letter to the landlord about the broken heating',
  'Migrate our shop from Magento to Shopify',
  'Hire a senior backend engineer',
  'What are some good ways to save water at home?',
  'Ideas for a birthday present for my dad',
  'Move to Berlin',
  'Why is the sky blue?',
  'Analyse the churn of our customers',
  'banana',
  '???',
  '为村图书馆规划一个网络应用程序',
];

function words(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu));
}

function similarity(one: string, other: string): number {
  const [first, second] = [words(one), words(other)];
  const shared = [...first].filter((word) => second.has(word)).length;
  return shared / Math.max(1, first.size + second.size - shared);
}

function expectDistinct(ideas: readonly Idea[]): void {
  for (const [index, idea] of ideas.entries()) {
    for (const other of ideas.slice(index + 1)) {
      expect(similarity(idea.title, other.title), `${idea.title} | ${other.title}`).toBeLessThan(0.7);
      expect(similarity(idea.description, other.description), `${idea.description} | ${other.description}`).toBeLessThan(0.7);
    }
  }
}

describe('brainstorm', () => {
  describe.each(INSTRUCTIONS)('%s', (instruction) => {
    it.each([1, 3, 12, 100])('has exactly %i distinct ideas', async (count) => {
      const ideas = await brainstorm({ instruction, count });
      expect(ideas).toHaveLength(count);
      expectDistinct(ideas);
      for (const { title, description, rationale } of ideas) {
        expect(title.length).toBeLessThanOrEqual(100);
        expect(title).not.toMatch(/\b(\w{2,}) \1\b/i);
        expect(description).toMatch(/[.!?]$/);
        expect(`${title} ${description} ${rationale}`).not.toMatch(/[{}]|undefined| {2}|\.\.|““/);
      }
    });
  });

  it('speaks of what the instruction speaks of', async () => {
    const text = JSON.stringify(await brainstorm({ instruction: 'Plan a web application for a village library', count: 8 }));
    expect(text).toContain('web application');
    expect(text).toMatch(/readers|librarians|books/);
    expect(JSON.stringify(await brainstorm({ instruction: 'Open a bakery', count: 8 }))).toMatch(/bakery|loaves|bakers/);
  });

  it('says different things about different instructions', async () => {
    const all = await Promise.all(
      INSTRUCTIONS.map(async (instruction) => JSON.stringify(await brainstorm({ instruction, count: 3 }))),
    );
    expect(new Set(all).size).toBe(INSTRUCTIONS.length);
  });

  it('proposes names when a name is wanted', async () => {
    const ideas = await brainstorm({ instruction: 'Name a bakery', count: 5 });
    for (const { title } of ideas) expect(title.split(' ').length).toBeLessThanOrEqual(6);
    expect(ideas.map(({ title }) => title).join(' ')).toMatch(/Crumb|Crust|Oven|Flour|Rise/);
  });

  it('has a hundred other ideas when a hundred are taken', async () => {
    const instruction = 'Plan a web application for a village library';
    const taken = (await brainstorm({ instruction, count: 100 })).map(({ title }) => title);
    const more = await brainstorm({ instruction, count: 100, avoid: taken });
    expect(more).toHaveLength(100);
    expect(more.filter(({ title }) => taken.includes(title))).toEqual([]);
    expectDistinct(more);
  });

  it('does not repeat a title in other letters', async () => {
    const instruction = 'Open a bakery';
    const [first] = await brainstorm({ instruction, count: 1 });
    const again = await brainstorm({ instruction, count: 10, avoid: [(first as Idea).title.toUpperCase()] });
    expect(again.map(({ title }) => title)).not.toContain((first as Idea).title);
  });

  it('lets guidance and context show', async () => {
    const ideas = await brainstorm({
      instruction: 'Open a bakery',
      count: 4,
      guidance: 'keep it simple and cheap',
      context: { openingDate: 'in June', staff: ['Ada', 'Grace'] },
    });
    const text = JSON.stringify(ideas);
    expect(text).toContain('keep it simple and cheap');
    expect(text).toContain('Opening date: in June');
  });

  it('looks through other lenses when the guidance calls for them', async () => {
    const count = 6;
    const lenses = async (guidance: string): Promise<string> =>
      (await brainstorm({ instruction: 'Open a bakery', guidance, count }))
        .map(({ rationale }) => rationale.split(':')[0])
        .join(', ');
    expect(await lenses('make it playful, for children')).toContain('Play');
    expect(await lenses('be careful about risk and safety')).toMatch(/Safety net|sceptic|Inversion/);
  });

  it('holds for any words', { timeout: 60_000 }, async () => {
    const word = fc.constantFrom(
      'plan',
      'reduce',
      'a',
      'the',
      'library',
      'my',
      'dad',
      'for',
      'with',
      '20',
      'guests',
      'app',
      'name',
      'to',
      'and',
      '?',
      'ö',
      '🎉',
      ',',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { maxLength: 12 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer(),
        async (text, count, seed) => {
          const ideas = await brainstorm({ instruction: text.join(' '), count }, seed);
          expect(ideas).toHaveLength(count);
          expectDistinct(ideas);
          expect(JSON.stringify(ideas)).not.toMatch(/undefined|\{\w+\}/);
        },
      ),
      { numRuns: 150, seed: 1 },
    );
  });
});
