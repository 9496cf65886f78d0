import { describe, expect, it } from 'vitest';
import { type BuiltinTask, createBuiltinModel } from '../../src/models/builtin/index.ts';

type SelectTask = Extract<BuiltinTask, { task: 'select' }>;

async function select(task: Omit<SelectTask, 'task'>): Promise<{ id: string; score: number; rationale: string }[]> {
  const { content } = await createBuiltinModel().doGenerate({
    prompt: [],
    providerOptions: { builtin: { task: 'select', ...task } as never },
  });
  return (JSON.parse((content[0] as { text: string }).text) as { selections: { id: string; score: number; rationale: string }[] })
    .selections;
}

function labelled(...labels: string[]): SelectTask['choices'] {
  return labels.map((label) => ({ id: label, label }));
}

const LAPTOPS: SelectTask['choices'] = [
  { id: 'thinkpad', label: 'ThinkPad', content: { price: 1200, weight: '1.4 kg', rating: 4.6 } },
  { id: 'air', label: 'Air', content: { price: 999, weight: '1.2 kg', rating: 4.8 } },
  { id: 'chromebook', label: 'Chromebook', content: { price: '299 EUR', weight: '1.3 kg', rating: 3.9 } },
];

const CASES: [instruction: string, criteria: string, choices: SelectTask['choices'], best: string][] = [
  ['Choose a dinner', 'vegetarian', labelled('Grilled salmon', 'Vegetarian lasagne', 'Beef burger'), 'Vegetarian lasagne'],
  ['Choose a dinner', 'no fish or meat', labelled('Salmon with rice', 'Tuna salad', 'Beef burger', 'Lentil soup'), 'Lentil soup'],
  [
    'How do we get to the lake',
    'not by car, good for kids',
    labelled('Drive by car', 'Ride bicycles with the children', 'Train'),
    'Ride bicycles with the children',
  ],
  [
    'Choose a database',
    'concurrent writers and full text search',
    labelled('SQLite: a single writer', 'PostgreSQL: writers run concurrently, searches full text', 'Redis: a cache'),
    'PostgreSQL: writers run concurrently, searches full text',
  ],
  ['Pick a laptop', 'the cheapest', LAPTOPS, 'chromebook'],
  ['Pick a laptop', 'the best rated', LAPTOPS, 'air'],
  ['Pick a laptop', 'lowest weight', LAPTOPS, 'air'],
  ['Pick a laptop', 'highest price', LAPTOPS, 'thinkpad'],
  [
    'Which way is the fastest?',
    '',
    labelled('By bus, 45 minutes', 'By train, 20 minutes', 'On foot, 90 minutes'),
    'By train, 20 minutes',
  ],
  [
    'Plan a web application for a village library',
    '',
    labelled('A cooking course', 'An application for the library', 'A walk'),
    'An application for the library',
  ],
  ['Wähle ein Gericht', 'vegetarisch', labelled('Schnitzel', 'Vegetarische Lasagne'), 'Vegetarische Lasagne'],
  ['Choose', 'affordable', labelled('A luxury hotel', 'A cheap hostel'), 'A cheap hostel'],
];

describe('select', () => {
  it.each(CASES)('%s: %s', async (instruction, criteria, choices, best) => {
    const [first] = await select({ instruction, ...(criteria === '' ? {} : { criteria }), choices, max: 1 });
    expect(first?.id).toBe(best);
  });

  it('ranks best first, within 0 and 1, and says which words matched', async () => {
    const selections = await select({
      instruction: 'Choose a dinner',
      criteria: 'vegetarian pasta',
      choices: labelled('Steak', 'Vegetarian pasta', 'Pasta with ham'),
      max: 3,
    });
    expect(selections.map(({ id }) => id)).toEqual(['Vegetarian pasta', 'Pasta with ham']);
    expect(selections.every(({ score }) => score >= 0 && score <= 1)).toBe(true);
    expect(selections[0]?.rationale).toMatch(/“vegetarian”/i);
    const [poor] = await select({
      instruction: 'Choose a dinner',
      criteria: 'vegetarian pasta',
      choices: labelled('Steak'),
      max: 1,
    });
    expect(poor).toMatchObject({ score: 0, rationale: expect.stringContaining('None of its words') as string });
  });

  it('keeps the order given where nothing tells the choices apart', async () => {
    const selections = await select({ instruction: 'zzz', choices: labelled('b', 'a', 'c'), max: 3 });
    expect(selections.map(({ id }) => id)).toEqual(['b', 'a', 'c']);
  });

  it('picks from the choices only, never more than asked or given', async () => {
    const choices = labelled('one', 'two');
    expect(await select({ instruction: 'x', choices, max: 1 })).toHaveLength(1);
    expect(await select({ instruction: 'x', choices, max: 50 })).toHaveLength(2);
  });

  it('leaves out what is ruled out, unless nothing is left', async () => {
    expect(
      (await select({ instruction: 'Lunch', criteria: 'no fish', choices: labelled('Fish soup', 'Bread'), max: 2 })).map(
        ({ id }) => id,
      ),
    ).toEqual(['Bread']);
    const [only] = await select({ instruction: 'Lunch', criteria: 'no fish', choices: labelled('Fish soup'), max: 2 });
    expect(only?.rationale).toContain('to be avoided');
  });

  it('looks into the content, the guidance and the context', async () => {
    const choices = [
      { id: 'a', label: 'First', content: { place: 'a lake in the forest' } },
      { id: 'b', label: 'Second', content: ['a museum', { city: 'Utrecht' }] },
    ];
    expect((await select({ instruction: 'Choose', guidance: 'we love museums', choices, max: 1 }))[0]?.id).toBe('b');
    expect((await select({ instruction: 'Choose', context: { wish: 'forest' }, choices, max: 1 }))[0]?.id).toBe('a');
  });

  it('finds one among a hundred long choices', async () => {
    const choices = Array.from({ length: 100 }, (_, index) => ({
      id: String(index),
      label: `Choice ${index}`,
      content: `${'filler words here '.repeat(200)} needle${index}`,
    }));
    expect((await select({ instruction: 'Find', criteria: 'needle42', choices, max: 1 }))[0]?.id).toBe('42');
  });
});
