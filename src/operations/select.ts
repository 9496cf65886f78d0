import { z } from 'zod';
import type { Choice } from '../history/event.ts';
import { json } from '../input.ts';
import { define } from './definition.ts';
import { instructionFields, instructionPrompt, instructionTask } from './instruction.ts';

const mostChoices = 500;

const choiceInput = z.object({
  id: z.string().min(1, 'must not be empty').max(200, 'must be at most 200 characters').nullish(),
  label: z
    .string()
    .max(2000, 'must be at most 2000 characters')
    .refine((label) => label.trim() !== '', 'must not be empty'),
  content: json(64 * 1024).nullish(),
});

const choiceSchema = z.object({ id: z.string(), label: z.string(), content: z.json() });
const proposal = z.object({ id: z.string(), score: z.number().min(0).max(1), rationale: z.string().trim().min(1) });

/** What is not called anything by its user is called by its place. */
const withIds = (choices: readonly z.infer<typeof choiceInput>[]): Choice[] =>
  choices.map(({ id, label, content }, index) => ({
    id: id ?? `choice-${index + 1}`,
    label,
    content: content ?? null,
  }));

export const select = define({
  kind: 'select',
  version: 1,
  description: 'Selects the best of the given choices, each with a score and a rationale. Only what was given can be selected.',
  input: z
    .object({
      ...instructionFields,
      choices: z
        .array(choiceInput)
        .min(1, 'must hold at least one choice')
        .max(mostChoices, `must hold at most ${mostChoices} choices`)
        .superRefine(refuseDuplicates)
        .transform(withIds),
      criteria: z
        .string()
        .max(20_000, 'must be at most 20000 characters')
        .nullish()
        .transform((value) => value ?? null),
      max: z.int().min(1, 'must be at least 1').default(1),
    })
    .superRefine(({ choices, max }, context) => {
      if (max > choices.length) {
        context.addIssue({ code: 'custom', path: ['max'], message: `must be at most ${choices.length}, the number of choices` });
      }
    }),
  output: z.object({
    selected: z.array(z.object({ choice: choiceSchema, score: z.number().nullable(), rationale: z.string().nullable() })),
  }),
  async execute({ input, generate }) {
    const { choices, criteria, max } = input;
    const byId = new Map(choices.map((choice) => [choice.id, choice]));
    const { selections } = await generate('selections', {
      system:
        'You select among given choices, by what is asked and nothing else. You name choices by their ids only. You write in the language of the instruction.',
      prompt: [
        instructionPrompt(input),
        criteria === null ? '' : `<criteria>\n${criteria}\n</criteria>`,
        `<choices>\n${JSON.stringify(choices)}\n</choices>`,
        `Select the best of these choices: at least one, at most ${max}, best first. Give each its id, a score from 0 (does not fit) to 1 (fits perfectly), and a rationale.`,
      ]
        .filter((part) => part !== '')
        .join('\n\n'),
      schema: z.object({ selections: z.array(proposal) }),
      elements: {
        of: 'selections',
        event(element, index) {
          const parsed = proposal.safeParse(element);
          const choice = parsed.success ? byId.get(parsed.data.id) : undefined;
          return parsed.success && choice && index < max
            ? { type: 'ChoiceScored', choice, score: parsed.data.score, rationale: parsed.data.rationale }
            : undefined;
        },
      },
      check: (answer) => complaint(answer.selections, byId, max),
      task: { task: 'select', choices, max, ...(criteria !== null && { criteria }), ...instructionTask(input) },
    });
    const selected = selections.map(({ id, score, rationale }) => ({ choice: byId.get(id)!, score, rationale }));
    return { selected: selected.toSorted((a, b) => b.score - a.score) };
  },
});

function refuseDuplicates(choices: readonly z.infer<typeof choiceInput>[], context: z.RefinementCtx): void {
  const seen = new Map<string, number>();
  const refuse = (key: string, index: number, path: (string | number)[], what: string): void => {
    const earlier = seen.get(key);
    if (earlier === undefined) seen.set(key, index);
    else
      context.addIssue({
        code: 'custom',
        path,
        message: `is the same as ${what} of choices[${earlier}]; every choice must be distinct`,
      });
  };
  for (const [index, choice] of withIds(choices).entries()) {
    refuse(`id ${choice.id}`, index, [index, 'id'], 'the id');
    refuse(`choice ${JSON.stringify([choice.label.trim(), choice.content])}`, index, [index, 'label'], 'the label');
  }
}

function complaint(selections: readonly { id: string }[], byId: ReadonlyMap<string, Choice>, max: number): string | undefined {
  if (selections.length === 0) return 'At least one choice must be selected, and none is.';
  if (selections.length > max) return `At most ${max} of the choices may be selected, and ${selections.length} are.`;
  const seen = new Set<string>();
  for (const { id } of selections) {
    if (!byId.has(id))
      return `${JSON.stringify(id)} is not the id of a choice. Only the given choices can be selected, by their ids.`;
    if (seen.has(id)) return `The choice ${JSON.stringify(id)} is selected more than once.`;
    seen.add(id);
  }
  return undefined;
}
