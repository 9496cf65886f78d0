import pLimit from 'p-limit';
import { z } from 'zod';
import type { Choice } from '../history/event.ts';
import { json } from '../input.ts';
import { batchesOf, shownChoices } from './choice-batches.ts';
import { defaultConcurrency } from './concurrency.ts';
import { define, type Context } from './definition.ts';
import { fieldNotes } from './field-notes.ts';
import { instructionFields, instructionTask, instructionValues } from './instruction.ts';

const mostChoices = 500;

const choiceObject = z.object({
  id: z.string().min(1, 'must not be empty').max(200, 'must be at most 200 characters').nullish(),
  label: z
    .string()
    .max(2000, 'must be at most 2000 characters')
    .refine((label) => label.trim() !== '', 'must not be empty'),
  content: json(64 * 1024).nullish(),
});

/** A string is a choice of that label. */
const choiceInput = z
  .preprocess((given) => (typeof given === 'string' ? { label: given } : given), choiceObject)
  .register(fieldNotes, { alsoText: true });

const choiceSchema = z.object({ id: z.string(), label: z.string(), content: z.json() });

const proposal = z.object({
  id: z.string(),
  score: z.number().min(0).max(1),
  rationale: z.string().trim().min(1).max(20_000),
  tieBreak: z
    .string()
    .trim()
    .max(20_000)
    .nullish()
    .transform((value) => value || null),
});
type Proposal = z.infer<typeof proposal>;

/** What is not called anything by its user is called by its place. */
const withIds = (choices: readonly z.infer<typeof choiceObject>[]): Choice[] =>
  choices.map(({ id, label, content }, index) => ({
    id: id ?? `choice-${index + 1}`,
    label,
    content: content ?? null,
  }));

const input = z
  .object({
    ...instructionFields,
    choices: z
      .array(choiceInput)
      .min(1, 'must hold at least one choice')
      .max(mostChoices, `must hold at most ${mostChoices} choices`)
      .superRefine(refuseDuplicates)
      .transform(withIds)
      .describe('1 to 500 distinct choices: objects, or strings, which are their labels.'),
    criteria: z
      .string()
      .max(20_000, 'must be at most 20000 characters')
      .nullish()
      .transform((value) => value ?? null)
      .describe('What to select by, beside the instruction.'),
    max: z.int().min(1, 'must be at least 1').default(1).describe('How many to select at most: no more than there are choices.'),
    // Left out where it is not asked for: inputs that were stored before there was such a thing stay the same.
    by: z
      .enum(['MODEL', 'PERSON'])
      .nullish()
      .transform((by) => (by === 'PERSON' ? by : undefined))
      .describe('Who selects: a model (left out), or a person, who is asked.'),
    withinMs: z
      .int()
      .min(1, 'must be at least 1')
      .nullish()
      .transform((ms) => ms ?? undefined)
      .describe('How long a person may take, in ms: else the operation fails with INPUT_TIMED_OUT. Left out: for ever.'),
  })
  .superRefine(({ choices, max, by, withinMs }, context) => {
    if (withinMs !== undefined && by === undefined)
      context.addIssue({ code: 'custom', path: ['withinMs'], message: 'is for a selection by PERSON only' });
    if (max > choices.length) {
      context.addIssue({ code: 'custom', path: ['max'], message: `must be at most ${choices.length}, the number of choices` });
    }
  });
type Input = z.infer<typeof input>;

export const select = define({
  kind: 'select',
  version: 2,
  description:
    'Selects the best of the given choices, each with a score and a rationale. Only what was given can be selected, by a model or by a person. More than one look can take in is looked at in batches, whose best are compared.',
  input,
  output: z.object({
    selected: z.array(
      z.object({
        choice: choiceSchema,
        score: z.number().nullable(),
        rationale: z.string().nullable(),
        tieBreak: z.string().nullable().default(null),
      }),
    ),
  }),
  async execute(context) {
    const { choices, by } = context.input;
    if (by === 'PERSON') return { selected: await askPerson(context) };
    const byId = new Map(choices.map((choice) => [choice.id, choice]));
    const best = await bestOf(context, choices, 1);
    return { selected: best.map(({ id, ...judged }) => ({ choice: byId.get(id)!, ...judged })) };
  },
});

/** Has a person select, by the ids of the choices. */
async function askPerson({ input, ask }: Context<Input>) {
  const { instruction, guidance, criteria, choices, max, withinMs } = input;
  const byId = new Map(choices.map((choice) => [choice.id, choice]));
  const { selected, rationale } = await ask('selection', {
    question: instruction,
    context: { guidance, criteria, choices: choices.map(({ id, label }) => ({ id, label })) },
    schema: z.object({
      selected: z
        .array(z.enum([...byId.keys()]))
        .min(1)
        .max(max)
        .meta({ uniqueItems: true, description: 'The ids of the choices that are selected, best first.' }),
      rationale: z.string().max(20_000).nullish().describe('Why.'),
    }),
    withinMs,
  });
  return [...new Set(selected)].map((id) => ({
    choice: byId.get(id)!,
    score: null,
    rationale: rationale ?? null,
    tieBreak: null,
  }));
}

/** Looks at the choices in one batch where they fit, else in several, and then at the best of each, until they fit. */
async function bestOf(context: Context<Input>, choices: readonly Choice[], round: number): Promise<Proposal[]> {
  const batches = batchesOf(choices);
  if (batches.length === 1) {
    return judge(context, choices, round === 1 ? 'selections' : 'selections among the best', undefined);
  }
  const limit = pLimit(defaultConcurrency);
  const judged = await limit.map(batches, (batch, index) =>
    judge(context, batch, `selections ${round}.${index + 1} of ${batches.length}`, { batch: index + 1, batches: batches.length }),
  );
  const byId = new Map(choices.map((choice) => [choice.id, choice]));
  const best = judged.flat();
  // Where a round leaves nearly all of them, another one would not end: their scores decide.
  if (best.length > choices.length / 2) return explainedAcross(byScore(best)).slice(0, context.input.max);
  return bestOf(
    context,
    best.map(({ id }) => byId.get(id)!),
    round + 1,
  );
}

async function judge(
  { input, generate, prompt }: Context<Input>,
  choices: readonly Choice[],
  step: string,
  batch: { batch: number; batches: number } | undefined,
): Promise<Proposal[]> {
  const { criteria } = input;
  const max = Math.min(input.max, choices.length);
  const byId = new Map(choices.map((choice) => [choice.id, choice]));
  const { selections } = await generate(step, {
    ...prompt('select.choices', {
      ...instructionValues(input),
      criteria,
      choices: shownChoices(choices),
      max,
      isBatch: batch !== undefined,
      ...batch,
    }),
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
    mend: ({ selections: given }) => ({ value: { selections: given.map((each) => explained(each, given)) }, mends: [] }),
    check: (answer) => complaint(answer.selections, byId, max),
    task: { task: 'select', choices: [...choices], max, ...(criteria !== null && { criteria }), ...instructionTask(input) },
  });
  return byScore(selections);
}

const byScore = (selections: readonly Proposal[]): Proposal[] => selections.toSorted((a, b) => b.score - a.score);

/** A tie that the model has not explained was decided by its order: that is all that is known of it. */
function explained(selection: Proposal, all: readonly Proposal[]): Proposal {
  const tied = all.filter(({ id, score }) => score === selection.score && id !== selection.id);
  if (tied.length === 0 || selection.tieBreak !== null) return selection;
  const others = tied.map(({ id }) => JSON.stringify(id)).join(', ');
  return { ...selection, tieBreak: `It has the same score as ${others}; the order in which the model named them decided.` };
}

/** Between batches nobody has compared those of the same score: they stand in the order in which they were given. */
function explainedAcross(best: readonly Proposal[]): Proposal[] {
  const counts = new Map<number, number>();
  for (const { score } of best) counts.set(score, (counts.get(score) ?? 0) + 1);
  return best.map((each) => {
    const others = counts.get(each.score)! - 1;
    const tieBreak = `${others} others have the same score, some of them in other batches; the order in which the choices were given decided.`;
    return others === 0 ? each : { ...each, tieBreak };
  });
}

function refuseDuplicates(choices: readonly z.infer<typeof choiceObject>[], context: z.RefinementCtx): void {
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
