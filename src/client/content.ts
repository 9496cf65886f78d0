import type { OperationView, ScoredChoice } from './history-view.ts';
import type { Idea, PlanStep, PlanStepTree } from './schema-types.ts';

/** What an operation has to show: what its steps propose so far, and in the end its output. */
export interface OperationContent {
  /** Whether nothing of it can be superseded any more. */
  readonly isFinal: boolean;
  readonly ideas: readonly Idea[];
  /** The steps of its plan as they stand now, the parts of each after it. */
  readonly planSteps: readonly PlanStep[];
  readonly choices: readonly ScoredChoice[];
  readonly text: string;
}

export function contentOf({ steps, output, partialOutput, changedPlanSteps }: OperationView): OperationContent {
  const proposed = {
    isFinal: output !== undefined || steps.every(({ isFinal }) => isFinal),
    ideas: steps.flatMap(({ ideas }) => ideas),
    planSteps: withPartsInPlace(steps.flatMap(({ planSteps }) => planSteps)).map((step) => changedPlanSteps.get(step.id) ?? step),
    choices: steps.flatMap(({ choices }) => choices),
    text: steps.map(({ text }) => text).join(''),
  };
  const known = output ?? partialOutput;
  switch (known?.__typename) {
    case 'BrainstormOutput':
      return { ...proposed, ideas: known.ideas };
    case 'PlanOutput':
      return { ...proposed, planSteps: flattened(known.steps) };
    case 'RunOutput':
      return { ...proposed, ideas: known.ideas, planSteps: flattened(known.steps) };
    case 'SelectOutput':
      return { ...proposed, choices: known.selected };
    case 'PerformOutput':
      return { ...proposed, text: known.text };
    default:
      return proposed;
  }
}

const flattened = (steps: readonly PlanStepTree[]): PlanStep[] => steps.flatMap(({ steps: parts, ...step }) => [step, ...parts]);

/** Parts are proposed when all steps are known, and belong after the step that they are parts of. */
const withPartsInPlace = (steps: readonly PlanStep[]): PlanStep[] =>
  steps
    .filter(({ partOf }) => partOf === null)
    .flatMap((step) => [step, ...steps.filter(({ partOf }) => partOf !== null && partOf === step.id)]);
