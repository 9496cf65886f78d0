import { z } from 'zod';
import { define, type AnyDefinition } from '../../src/operations/definition.ts';
import { gate, untilAborted, type Gate } from '../support/gate.ts';
import { words } from './command.ts';

/** That a step was executed. */
export interface Done {
  /** The id of the operation. */
  operation: string;
  step: string;
  try: number;
  /** What this execution returned, unlike any other. */
  value: string;
}

/** A step that waits until it is let go. */
export interface Held {
  operation: string;
  gate: Gate;
}

/** What the kind `job` tells the test, and is told by it, while one process lives. */
export interface Stage {
  /** Whether the process was killed: what goes on in it all the same, nobody sees. */
  isDead: boolean;
  held: Set<Held>;
  done: Done[];
}

/** A kind that does what the words of its input say, and whose steps wait until the test lets them go. */
export function jobOn(stage: Stage): AnyDefinition {
  return define({
    kind: 'job',
    version: 1,
    description: 'Does what the test says.',
    input: z.object({ name: z.string(), plan: z.array(z.string()) }),
    output: z.object({ said: z.array(z.string()) }),
    async execute({ input: { name, plan }, operation, step, ask, emit, generate, child }) {
      const said: string[] = [];
      const childSaid = async (index: string, ...does: (typeof words)[number][]): Promise<string> => {
        const { said: parts } = await child('job', { name: `${name}.${index}`, plan: does }, { name: index });
        return (parts as string[]).join('+');
      };
      const held = (label: string) =>
        step(label, async ({ try: number, signal, emit: show }) => {
          const value = `${label} of ${name} #${stage.done.length}`;
          if (!stage.isDead) stage.done.push({ operation: operation.id, step: label, try: number, value });
          show({ type: 'TextDelta', text: `${label}, try ${number}` });
          const waiting = { operation: operation.id, gate: gate() };
          if (!stage.isDead) stage.held.add(waiting);
          await Promise.race([waiting.gate.opened, untilAborted(signal)]).finally(() => stage.held.delete(waiting));
          show({ type: 'TextDelta', text: `${label} is done` });
          return value;
        });
      for (const [index, word] of plan.entries()) {
        const label = `${word}${index}`;
        if (word === 'step') said.push(await held(label));
        else if (word === 'ask') said.push((await ask(label, { question: label, schema: z.object({ text: z.string() }) })).text);
        else if (word === 'emit') await emit(label, { of: name });
        // Writes again and again, and waits for nobody.
        else if (word === 'chatter') for (let n = 1; n <= 8; n++) await emit(`${label}.${n}`, { n });
        else if (word === 'model') said.push(await generate(label, { prompt: 'Say something' }));
        else if (word === 'child') said.push(await childSaid(label, 'step'));
        else if (word === 'asker') said.push(await childSaid(label, 'ask', 'step'));
        else if (word === 'pair')
          said.push(...(await Promise.all(['a', 'b'].map((part) => childSaid(`${label}${part}`, 'step', 'emit')))));
        else if (word === 'fail') await step(label, () => Promise.reject(new Error('as the test says')));
      }
      return { said };
    },
  });
}
