import { choices, wanted, type Nonsense } from './case.ts';

interface Idea {
  id: string;
  title: string;
  description: string;
  rationale: string;
}

interface Step {
  id: string;
  title: string;
  description: string;
  dependsOn: string[];
  doneWhen: string;
}

interface Output {
  ideas: Idea[];
  selectedIdea: Idea;
  steps: Step[];
  selected: { choice: { id: string; label: string }; score: number; rationale: string }[];
  text: string;
}

/** What is wrong with an output by the rules of its kind, which are said here once more; undefined when nothing is. */
export function outputFault(kind: Nonsense['kind'], output: Output): string | undefined {
  switch (kind) {
    case 'brainstorm':
      return ideasFault(output.ideas);
    case 'plan':
      return stepsFault(output.steps);
    case 'select':
      return selectedFault(output.selected);
    case 'perform':
      return output.text.trim() === '' ? 'it has no text' : undefined;
    case 'run':
      return (
        ideasFault(output.ideas) ??
        stepsFault(output.steps) ??
        (output.ideas.some(({ id }) => id === output.selectedIdea.id) ? undefined : 'the selected idea is none of the ideas')
      );
  }
}

const hasEmpty = (all: readonly object[]): boolean =>
  all.some((each) => Object.values(each).some((value) => typeof value === 'string' && value.trim() === ''));
const hasTwice = (names: readonly string[]): boolean => new Set(names).size < names.length;

function ideasFault(ideas: readonly Idea[]): string | undefined {
  if (ideas.length !== wanted.ideas) return `there are ${ideas.length} ideas`;
  if (hasEmpty(ideas)) return 'an idea has an empty field';
  if (hasTwice(ideas.map(({ id }) => id))) return 'an id is given twice';
  return hasTwice(ideas.map(({ title }) => title.toLowerCase())) ? 'an idea is there twice' : undefined;
}

function stepsFault(steps: readonly Step[]): string | undefined {
  if (steps.length !== wanted.steps) return `there are ${steps.length} steps`;
  if (hasEmpty(steps)) return 'a step has an empty field';
  if (hasTwice(steps.map(({ id }) => id))) return 'an id is given twice';
  // What can be done is done, until nothing is left: in a cycle, something is.
  const done = new Set<string>();
  for (const _ of steps) for (const { id, dependsOn } of steps) if (dependsOn.every((other) => done.has(other))) done.add(id);
  return done.size < steps.length ? 'a step can never be begun' : undefined;
}

function selectedFault(selected: Output['selected']): string | undefined {
  if (selected.length < 1 || selected.length > wanted.selections) return `${selected.length} choices are selected`;
  if (hasTwice(selected.map(({ choice }) => choice.id))) return 'a choice is selected twice';
  const isGiven = ({ choice }: Output['selected'][number]): boolean =>
    choices.some(({ id, label }) => id === choice.id && label === choice.label);
  if (!selected.every(isGiven)) return 'a choice was never given';
  const scores = selected.map(({ score }) => score);
  if (!scores.every((score) => score >= 0 && score <= 1)) return 'a score is out of range';
  return scores.some((score, index) => index > 0 && score > scores[index - 1]!) ? 'the best is not first' : undefined;
}
