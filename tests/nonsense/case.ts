import { ideasJson, planJson } from '../support/provider-lion.ts';

/** What every operation of the corpus is asked for. */
export const wanted = { ideas: 3, steps: 3, selections: 2 };

export const choices = [
  { id: 'rye', label: 'Bread of rye' },
  { id: 'oat', label: 'Bread of oats' },
  { id: 'spelt', label: 'Bread of spelt' },
];

export type JsonKind = 'brainstorm' | 'plan' | 'select';

/** What a model says that it should not. */
export interface Nonsense {
  /** Unique. */
  name: string;
  /** What is asked for. */
  kind: JsonKind | 'perform' | 'run';
  /** Which stage of a run hears it. */
  stage: JsonKind | 'perform';
  said: string;
  /**
   * What comes of it when nothing else is ever said: it is taken as it is (there is nothing wrong with it that matters), mended, or refused,
   * and the operation fails.
   */
  alone: 'taken' | 'mended' | 'refused';
}

export type Said = [name: string, said: string, alone: Nonsense['alone']];

export const selectionsJson = (...ids: string[]): string =>
  JSON.stringify({
    selections: ids.map((id, index) => ({ id, score: 0.9 - index / 10, rationale: `What speaks for ${id}.`, tieBreak: null })),
  });

/** An answer of each kind with which all is well. */
export const valid: Record<JsonKind, string> = {
  brainstorm: ideasJson('Night market', 'Sourdough library', 'Harbour ovens'),
  plan: planJson({ buy: [], bake: ['buy'], sell: ['bake'] }),
  select: selectionsJson('oat', 'rye'),
};

/** Words that make ideas which are like no other of the corpus. */
const words =
  'amber bicycle cellar drumbeat elbow falcon glacier hammock iguana jigsaw kettle lantern mosaic nutmeg orchid parsnip quarry ribbon saddle thistle umbrella velvet walnut xylophone yonder zeppelin'.split(
    ' ',
  );

/**
 * What a model answers that understands what it is asked: exactly as many ideas as are missing, none twice.
 *
 * @param prompt all that it was told
 * @param asked how often it was asked before in the same operation
 */
export function answerTo(prompt: string, asked: number): string {
  const stage = stageOf(prompt);
  if (stage === 'perform') return 'Here is what you asked for.';
  if (stage === 'plan') return valid.plan;
  if (stage === 'select') {
    return selectionsJson(...(prompt.includes('idea-1') ? ['idea-2'] : ['oat']));
  }
  const count = Number(/Propose exactly (\d+)/.exec(prompt)?.[1]);
  const titles = Array.from({ length: count }, (_, index) => {
    const at = (asked * count + index) % words.length;
    return `${words[at]} ${words[(at * 7 + 3) % words.length]}`;
  });
  return ideasJson(...titles);
}

/** Which stage a model is asked for. */
export function stageOf(prompt: string): JsonKind | 'perform' {
  if (/Propose exactly \d+/.test(prompt)) return 'brainstorm';
  if (prompt.includes('Select the best of these choices')) return 'select';
  return prompt.includes('Make a plan with') ? 'plan' : 'perform';
}
