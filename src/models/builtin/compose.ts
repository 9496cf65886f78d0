import { brainstorm } from './brainstorm.ts';
import { readBrief } from './brief.ts';
import { createRandom } from './random.ts';
import type { BuiltinTask } from './task.ts';

/** The whole answer to a task, as text: JSON in the task's shape, or prose for `perform`. */
export async function compose(task: BuiltinTask, seed: number, schema: unknown): Promise<string> {
  void schema;
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
      return JSON.stringify({
        steps: Array.from({ length: task.steps ?? 4 }, (_, index) => ({
          id: `s${index + 1}`,
          title: `Step ${index + 1}`,
          description: 'Do it.',
          dependsOn: index === 0 ? [] : [`s${index}`],
          doneWhen: 'It is done.',
        })),
      });
    case 'select':
      return JSON.stringify({
        selections: task.choices.slice(0, task.max).map(({ id }) => ({ id, score: 0.5, rationale: 'thin' })),
      });
    case 'perform':
      return `About: ${task.instruction.slice(0, 200)}`;
    case 'fill':
      return '{}';
  }
}
