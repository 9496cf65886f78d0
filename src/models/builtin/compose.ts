import { brainstorm } from './brainstorm.ts';
import { readBrief } from './brief.ts';
import { fill } from './fill/index.ts';
import { perform } from './perform.ts';
import { plan } from './plan.ts';
import { clean } from './prose.ts';
import { createRandom } from './random.ts';
import { select } from './select.ts';
import type { BuiltinTask } from './task.ts';

const MATERIAL_READ = 4000;

/** The whole answer to a task, as text: JSON in the task's shape, or prose for `perform`. */
export async function compose(task: BuiltinTask, seed: number, schema: unknown): Promise<string> {
  const brief = await ('guidance' in task
    ? readBrief(task.instruction, task.guidance, task.context)
    : readBrief(task.instruction));
  const random = createRandom(seed, JSON.stringify(task));
  switch (task.task) {
    case 'brainstorm': {
      const ideas = brainstorm(brief, task.count, task.avoid ?? [], random);
      return JSON.stringify({ ideas: ideas.map(({ title, description, rationale }) => ({ title, description, rationale })) });
    }
    case 'plan':
      return JSON.stringify({ steps: plan(brief, task.steps, random) });
    case 'select':
      return JSON.stringify({ selections: await select(task) });
    case 'perform':
      return perform(brief, task.instruction, task.context, random);
    case 'fill':
      return JSON.stringify(fill(schema ?? {}, brief, clean(task.instruction.slice(0, MATERIAL_READ)), seed));
  }
}
