import { type Brief, limitText } from './brief.ts';
import { BREAKDOWNS, type StepTemplate } from './breakdowns/index.ts';
import { factText } from './context.ts';
import { clip, listOf, lowerFirst, quote, render, type Slots, slug, upperFirst } from './prose.ts';
import type { Random } from './random.ts';

/** A step of a plan; `dependsOn` names earlier steps only. */
export interface PlanStep {
  id: string;
  title: string;
  description: string;
  dependsOn: string[];
  doneWhen: string;
}

interface Draft extends PlanStep {
  rank: number;
  /** What it can be broken into, in the order in which room is used. */
  parts: string[];
}

/**
 * The work broken down: `count` steps, or as many as the kind of work usually takes. Steps are dropped by rank where there is
 * room for few, and broken into parts, which run side by side, where there is room for more.
 */
export function plan(brief: Brief, count: number | undefined, random: Random): PlanStep[] {
  const usual = drafts(brief);
  const wanted = count ?? Math.max(3, usual.length - random.below(2));
  const kept = keep(usual, wanted);
  const whole = expand(kept, wanted);
  return remark(whole, brief).map(({ id, title, description, dependsOn, doneWhen }) => ({
    id,
    title,
    description,
    dependsOn,
    doneWhen,
  }));
}

function drafts(brief: Brief): Draft[] {
  const templates = BREAKDOWNS[brief.kind.name];
  const slots = withCapitals(brief.slots);
  const features = featuresOf(brief).map((feature) => ({ feature, id: slug(feature.replace(/^the way to /, '')) || 'feature' }));
  const names = new Map(templates.map(({ id }) => [id, id === 'feature' ? features.map((feature) => feature.id) : [id]]));
  return templates.flatMap((template) =>
    template.id === 'feature'
      ? features.map(({ feature, id }, index) => ({
          ...draft(
            { ...template, ...FEATURE_TEXTS[index % FEATURE_TEXTS.length] },
            { ...slots, feature, Feature: upperFirst(feature) },
            names,
          ),
          id,
          rank: index === 0 ? 1 : 4.5 + index / 10,
        }))
      : [draft(template, slots, names)],
  );
}

// Features differ in what is worth saying about them; three steps with one text would look like a mistake.
const FEATURE_TEXTS: readonly Partial<StepTemplate>[] = [
  {},
  {
    description:
      'Make {feature} work for the plain case first, show it to somebody the same week, and add what they ask for twice.',
    doneWhen: '{Feature} works for somebody who has never seen it, and its tests pass.',
  },
  {
    description: 'Add {feature} beside what is already there, in the same look and words, and measure how many steps it takes.',
    doneWhen: '{Feature} takes no more steps than doing it by hand, and its tests pass.',
  },
];

function draft(template: StepTemplate, slots: Slots, names: ReadonlyMap<string, string[]>): Draft {
  return {
    id: template.id,
    title: render(template.title, slots),
    description: render(template.description, slots),
    doneWhen: render(template.doneWhen, slots),
    dependsOn: template.after.flatMap((id) => names.get(id) ?? []),
    rank: template.rank,
    parts: template.parts.map((part) => render(part, slots)),
  };
}

/** `{People}` for the start of a sentence, beside `{people}`. */
function withCapitals(slots: Slots): Slots {
  return { ...slots, ...Object.fromEntries(Object.entries(slots).map(([name, value]) => [upperFirst(name), upperFirst(value)])) };
}

/** What a piece of software is to do: as the instruction says, or as the field suggests. */
function featuresOf({ features, knownDomain, slots, ask }: Brief): string[] {
  if (features.length > 0) return features.slice(0, 6);
  if (ask.sort === 'change') return ['the change itself'];
  if (!knownDomain) return ['the main task', 'the way to look back at what was done'];
  return ['act', 'act2', 'act3'].flatMap((name) => (slots[name] === undefined ? [] : [`the way to ${slots[name]}`]));
}

/** The `count` steps of the best rank; who depended on a dropped step now depends on what that step depended on. */
function keep(steps: readonly Draft[], count: number): Draft[] {
  const kept = new Set(
    [...steps]
      .sort((one, other) => one.rank - other.rank)
      .slice(0, count)
      .map(({ id }) => id),
  );
  const byId = new Map(steps.map((step) => [step.id, step]));
  const reach = (id: string): string[] => (kept.has(id) ? [id] : (byId.get(id)?.dependsOn ?? []).flatMap(reach));
  return steps
    .filter(({ id }) => kept.has(id))
    .map((step) => ({ ...step, dependsOn: withoutImplied([...new Set(step.dependsOn.flatMap(reach))], byId) }));
}

/** Without those that another one of them depends on anyway. */
function withoutImplied(ids: string[], byId: ReadonlyMap<string, Draft>): string[] {
  const above = (id: string): string[] => (byId.get(id)?.dependsOn ?? []).flatMap((parent) => [parent, ...above(parent)]);
  return ids.filter((id) => !ids.some((other) => other !== id && above(other).includes(id)));
}

/** Breaks steps into parts, the best ranks first, until there are `count` of them. */
function expand(steps: readonly Draft[], count: number): Draft[] {
  let whole = [...steps];
  while (whole.length < count) {
    const ranked = [...whole].sort((one, other) => one.rank - other.rank).filter(({ parts }) => parts.length > 0);
    if (ranked.length === 0) throw new RangeError(`the work cannot be broken into ${count} steps`);
    for (const step of ranked) {
      const room = count - whole.length;
      if (room <= 0) break;
      whole = whole.flatMap((other) => (other.id === step.id ? broken(other, room) : [other]));
    }
  }
  return whole;
}

const CHECKS = ['prepare what is needed to', 'have somebody else look at how you', 'write down what was learned when you'];

/** The step with up to `room` of its parts before it, side by side; they take over what it waited for. */
function broken(step: Draft, room: number): Draft[] {
  const parts = step.parts.slice(0, room).map((part, index): Draft => {
    const deeper = CHECKS.some((check) => part.startsWith(check));
    return {
      id: `${step.id}-${index + 1}`,
      title: clip(upperFirst(part), 80),
      description: `Part of “${clip(step.title, 60)}”: ${part}, so that the rest can build on it.`,
      doneWhen: `Others can see the result of “${clip(part, 60)}”.`,
      dependsOn: step.dependsOn,
      rank: step.rank + 10,
      parts: deeper ? [] : CHECKS.map((check) => `${check} ${lowerFirst(part)}`),
    };
  });
  const taken = parts.map(({ id }) => id);
  return [...parts, { ...step, dependsOn: taken.length > 0 ? taken : step.dependsOn, parts: [] }];
}

/** The steps with what guidance, context and limits add: to the first, the last and the one of the best rank. */
function remark(steps: readonly Draft[], brief: Brief): Draft[] {
  const main = [...steps].sort((one, other) => one.rank - other.rank)[0];
  const first = steps[0];
  const limit = limitText(brief);
  const facts = brief.facts.filter(
    ({ key, value }) => key !== 'title' && key !== 'description' && key !== 'rationale' && value.length > 1,
  );
  const additions = new Map<Draft | undefined, string[]>();
  const add = (step: Draft | undefined, text: string): void => {
    additions.set(step, [...(additions.get(step) ?? []), text]);
  };
  if (brief.titled !== undefined) {
    add(
      first,
      `The idea to carry out is ${quote(brief.titled.title, 80)}${brief.titled.description === '' ? '.' : `: ${lowerFirst(sentence(brief.titled.description))}`}`,
    );
    if (main !== first) add(main, `Hold every choice against the idea ${quote(brief.titled.title, 60)}.`);
  }
  if (facts.length > 0) add(first, `Already known: ${listOf(facts.slice(0, 4).map((fact) => lowerFirst(factText(fact))))}.`);
  if (limit !== undefined) add(first, `The limit is set: ${limit}.`);
  if (brief.guidance !== undefined) {
    add(main, `The guidance applies here above all: ${quote(brief.guidance, 120)}.`);
    if (steps.at(-1) !== main) add(steps.at(-1), `Check the result against the guidance ${quote(brief.guidance, 60)}.`);
  }
  return steps.map((step) => ({ ...step, description: [step.description, ...(additions.get(step) ?? [])].join(' ') }));
}

function sentence(text: string): string {
  const first = /^.*?[.!?](?=\s|$)/u.exec(text)?.[0] ?? `${text}.`;
  return clip(first, 200);
}
