import { z } from 'zod';
import type { PlanStep } from '../history/event.ts';
import { fieldNotes } from './field-notes.ts';

const mostSteps = 100;

/** A step as a model proposes it. */
export const stepProposal = z.object({
  id: z.string().trim().min(1).max(64),
  title: z.string().trim().min(1).max(500),
  description: z.string().trim().min(1).max(20_000),
  dependsOn: z.array(z.string().trim()),
  doneWhen: z.string().trim().min(1).max(20_000),
});

export type StepProposal = z.infer<typeof stepProposal>;

const statuses = ['PLANNED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'SKIPPED'] as const;

const part = stepProposal.extend({
  id: z.string(),
  partOf: z.string().nullable().default(null),
  status: z.enum(statuses).default('PLANNED'),
  operation: z.int().nullable().default(null).register(fieldNotes, { isOperation: true }),
});

/** A step of a plan, with the parts that it was broken down into. */
export const planStepSchema = part.extend({ steps: z.array(part).default([]) });

export type PlanStepTree = PlanStep & { steps: PlanStep[] };

/** How many steps are wanted; null leaves it to the model. */
export const stepCount = z
  .int()
  .min(1, 'must be at least 1')
  .max(mostSteps, `must be at most ${mostSteps}`)
  .nullish()
  .transform((value) => value ?? null)
  .describe('How many steps. Left out: as many as it takes.');

/** A step that is yet to be carried out. */
export const planned = (proposal: StepProposal): PlanStep => ({ ...proposal, partOf: null, status: 'PLANNED', operation: null });

/** A part of a step, as it is shown before all parts are there. */
export const plannedPart = (of: string, { id, dependsOn, ...proposal }: StepProposal): PlanStep => ({
  ...planned({ id: `${of}.${id}`, dependsOn: dependsOn.map((other) => `${of}.${other}`), ...proposal }),
  partOf: of,
});

/** Steps with their parts. The id of a part begins with its step's; where another one has it already, it ends in a number. */
export function assembled(steps: readonly StepProposal[], partsOf: (stepId: string) => readonly StepProposal[]): PlanStepTree[] {
  const taken = new Set(steps.map(({ id }) => id));
  const free = (wanted: string): string => {
    let id = wanted;
    for (let n = 2; taken.has(id); n++) id = `${wanted}-${n}`;
    taken.add(id);
    return id;
  };
  return steps.map((step) => {
    const parts = partsOf(step.id);
    const ids = new Map(parts.map(({ id }) => [id, free(`${step.id}.${id}`)]));
    const part = (proposal: StepProposal): PlanStep => ({
      ...plannedPart(step.id, proposal),
      id: ids.get(proposal.id)!,
      dependsOn: proposal.dependsOn.map((other) => ids.get(other)!),
    });
    return { ...planned(step), steps: parts.map(part) };
  });
}

/** The plan, a step a line. */
export const planText = (steps: readonly PlanStep[]): string =>
  steps
    .map(({ id, title, dependsOn }) => `- ${id}: ${title}${dependsOn.length > 0 ? ` (after ${dependsOn.join(', ')})` : ''}`)
    .join('\n');

/** What is wrong with the graph of some steps, for the model to read; undefined when nothing is. */
export function graphComplaint(steps: readonly StepProposal[], count: number | null, most = mostSteps): string | undefined {
  if (count !== null && steps.length !== count) return `There must be exactly ${count} steps, and there are ${steps.length}.`;
  if (steps.length > most) return `There must be at most ${most} steps, and there are ${steps.length}.`;
  const ids = new Set<string>();
  for (const { id } of steps) {
    if (ids.has(id)) return `The id ${JSON.stringify(id)} is given to more than one step.`;
    ids.add(id);
  }
  for (const { id, dependsOn } of steps) {
    const unknown = dependsOn.find((dependency) => !ids.has(dependency));
    if (unknown !== undefined)
      return `Step ${JSON.stringify(id)} depends on ${JSON.stringify(unknown)}, which is not the id of a step.`;
  }
  const cycle = findCycle(steps);
  return cycle && `The steps ${cycle.map((id) => JSON.stringify(id)).join(' -> ')} depend on each other in a cycle.`;
}

/** @returns the ids along a cycle, the first one again at its end */
function findCycle(steps: readonly StepProposal[]): string[] | undefined {
  const dependencies = new Map(steps.map(({ id, dependsOn }) => [id, dependsOn]));
  const settled = new Set<string>();
  const visit = (id: string, path: readonly string[]): string[] | undefined => {
    const start = path.indexOf(id);
    if (start !== -1) return [...path.slice(start), id];
    if (settled.has(id)) return undefined;
    for (const dependency of dependencies.get(id) ?? []) {
      const cycle = visit(dependency, [...path, id]);
      if (cycle) return cycle;
    }
    settled.add(id);
    return undefined;
  };
  for (const { id } of steps) {
    const cycle = visit(id, []);
    if (cycle) return cycle;
  }
  return undefined;
}
