import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import type { Paint } from '../../src/cli/format.ts';
import { renderTree, type View } from '../../src/cli/render.ts';
import { OperationTree } from '../../src/cli/tree.ts';
import type { Event } from '../../src/client/index.ts';

const noPaint = Object.fromEntries(
  ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'].map((look) => [look, (text: string) => text]),
) as Paint;
const markDim: Paint = { ...noPaint, dim: (text) => `<${text}>` };
const startMs = Date.parse('2026-11-01T12:00:00Z');

/** A history of a run, one second an event. */
function history(...events: Record<string, unknown>[]): Event[] {
  return events.map((event, index) => ({
    seq: index + 2,
    at: new Date(startMs + index * 1000).toISOString(),
    step: 'ideas',
    try: 1,
    ...event,
    operation: { kind: 'brainstorm', id: 'op_x_2', ...(event['operation'] as object | undefined) },
  })) as unknown as Event[];
}

const root = { operation: { id: 'op_x_1', kind: 'run', parent: null } };
const begun = [
  { type: 'OperationQueued', kind: 'run', input: { instruction: 'Name a bakery' }, ...root },
  { type: 'OperationStarted', attempt: 1, model: 'builtin', ...root },
  {
    type: 'OperationQueued',
    kind: 'brainstorm',
    input: { instruction: 'Name a bakery', count: 3 },
    operation: { parent: { id: 'op_x_1' } },
  },
  { type: 'OperationStarted', attempt: 1, model: 'builtin' },
  { type: 'StepStarted' },
];
const idea = (title: string, more: object = {}) => ({ type: 'IdeaProposed', idea: { id: title, title }, ...more });

function render(events: readonly Event[], view: Partial<View> = {}): string[] {
  const tree = new OperationTree();
  for (const event of events) tree.apply(event, Date.parse(event.at));
  return renderTree(tree, { columns: 60, nowMs: Date.parse(events.at(-1)!.at), frame: 0, paint: noPaint, ...view });
}

describe('the tree of operations', () => {
  test('shows each operation with what it proposes, and for how long it has been at work', () => {
    expect(render(history(...begun, idea('Crumb'), idea('Crust')))).toEqual([
      '⠋ run  Name a bakery                                   5.0 s',
      '└─ ⠋ brainstorm  2 of 3 ideas                          3.0 s',
      '     • Crumb',
      '     • Crust',
    ]);
  });

  test('drops what a try proposed when a higher one starts, whatever comes late', () => {
    const complaint = { code: 'MODEL_OUTPUT_INVALID', message: 'There are too few.', retryable: true };
    const lines = render(
      history(
        ...begun,
        idea('Crumb'),
        { type: 'StepRetrying', error: complaint, when: '' },
        { type: 'StepStarted', try: 2 },
        idea('Late'),
        idea('Crust', { try: 2 }),
      ),
    );
    expect(lines.slice(1)).toEqual(['└─ ⠋ brainstorm  try 2, as There are too few.          6.0 s', '     • Crust']);
  });

  test('shows what is provisional dimmed, until its step has succeeded', () => {
    const provisional = history(...begun, idea('Crumb'));
    expect(render(provisional, { paint: markDim }).at(-1)).toBe('<     ><• ><Crumb>');
    const final = history(...begun, idea('Crumb'), { type: 'StepSucceeded' });
    expect(render(final, { paint: markDim }).at(-1)).toBe('<     ><• >Crumb');
  });

  test('counts time by the clock of the server, however wrong the one here is', () => {
    const tree = new OperationTree();
    for (const event of history(...begun)) tree.apply(event, Date.parse(event.at) + 3_600_000);
    const [line] = renderTree(tree, { columns: 60, nowMs: startMs + 3_600_000 + 9_000, frame: 0, paint: noPaint });
    expect(line).toMatch(/8\.0 s$/);
  });

  test('folds what is finished first, then the earlier part of what is at work', () => {
    const finished = [{ type: 'StepSucceeded' }, { type: 'OperationSucceeded', output: { __typename: 'Custom' } }];
    const planning = { operation: { id: 'op_x_3', kind: 'plan', parent: { id: 'op_x_1' } } };
    const steps = Array.from({ length: 9 }, (_, index) => ({
      type: 'PlanStepProposed',
      planStep: {
        id: `s${index}`,
        title: `Step ${index}`,
        dependsOn: index > 0 ? [`s${index - 1}`] : [],
        partOf: null,
        status: 'PLANNED',
      },
      ...planning,
    }));
    const events = history(
      ...begun,
      idea('Crumb'),
      ...finished,
      { type: 'OperationQueued', kind: 'plan', input: { instruction: 'Name a bakery' }, ...planning },
      { type: 'OperationStarted', attempt: 1, model: 'builtin', ...planning },
      ...steps,
    );
    expect(render(events)).toHaveLength(13);
    expect(render(events, { rows: 6 })).toEqual([
      '⠋ run  Name a bakery                                    17 s',
      '├─ ✔ brainstorm  1 idea                                4.0 s',
      '└─ ⠋ plan  9 steps                                     9.0 s',
      '     ⋮ 7 earlier',
      '      8 Step 7                                       after 7',
      '      9 Step 8                                       after 8',
    ]);
  });

  test('fits the terminal whatever the model says, and lets nothing of it move the cursor', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme-composite' }),
      fc.constantFrom('\u001b[2J\u001b[H', '\r\n\n', '漢字'.repeat(40), '👩‍👩‍👧‍👦'.repeat(30), '\u202edetrevni', '\t\t'),
    );
    fc.assert(
      fc.property(
        fc.array(text, { maxLength: 30 }),
        text,
        fc.integer({ min: 8, max: 140 }),
        fc.integer({ min: 1, max: 30 }),
        (titles, prose, columns, rows) => {
          const events = history(...begun, ...titles.map((title) => idea(title)), {
            type: 'TextDelta',
            step: 'text',
            text: prose,
          });
          const lines = render(events, { columns, rows });
          expect(lines.length).toBeLessThanOrEqual(rows);
          for (const line of lines) {
            expect(stringWidth(line)).toBeLessThanOrEqual(columns);
            expect(stripVTControlCharacters(line)).toBe(line);
            expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
