import type { Event } from '../client/index.ts';
import { duration, oneLine, pad, printable, type Paint } from './format.ts';
import { answerHint, waitText, type OperationNode, type OperationTree } from './tree.ts';

/** Says in lines what an event tells: one for each thing, for logs and pipes. */
export class PlainLines {
  readonly #tree: OperationTree;
  readonly #paint: Paint;
  /** Text that was streamed and has no line break yet, by operation. */
  readonly #unfinished = new Map<string, string>();

  constructor(tree: OperationTree, paint: Paint) {
    this.#tree = tree;
    this.#paint = paint;
  }

  /** @param node the operation, with the event taken in */
  linesOf(event: Event, node: OperationNode | undefined): string[] {
    const label = this.#paint.bold(pad(node?.kind ?? 'session', 10));
    const say = (text: string): string => `${label}  ${oneLine(text)}`;
    const lines = event.type === 'TextDelta' ? [] : this.#rest(node).map(say);
    switch (event.type) {
      case 'SessionCreated':
        return [say(event.title === null ? 'created' : `created: ${event.title}`)];
      case 'SessionUpdated':
        return [say(event.title === null ? 'updated' : `updated: ${event.title}`)];
      case 'SessionExpired':
        return [say('expired')];
      case 'SessionForked': {
        const { length } = event.unfinished;
        const left = length === 0 ? '' : `; ${length === 1 ? '1 operation does' : `${length} operations do`} not go on here`;
        return [say(`forked from ${event.forkedFromId}${left}`)];
      }
      case 'OperationQueued':
        return [
          say(
            node?.parent
              ? `queued${node.part === undefined ? '' : `: ${node.part}`}`
              : `queued: ${node?.instruction ?? event.operation?.id ?? ''}`,
          ),
        ];
      case 'OperationStarted': {
        const model = event.model === null ? '' : ` on ${event.model}`;
        return [say(event.attempt === 1 ? `started${model}` : `attempt ${event.attempt} started${model}`)];
      }
      case 'OperationRecovered':
        return [say(`interrupted; it goes on from ${event.stepsReused.length} recorded steps`)];
      case 'OperationWaiting':
        return [say(waitText(event))];
      case 'OperationResumed':
        return [];
      case 'InputRequested':
        return [
          say(`asks: ${event.question}`),
          ...(event.complaint === null ? [] : [say(`asks again: ${event.complaint}`)]),
          say(answerHint(event.operation?.id ?? '', event)),
        ];
      case 'InputReceived':
        return [say(`answered by ${event.by}: ${JSON.stringify(event.answer)}`)];
      case 'InputExpired':
        return [say(`nobody answered ${event.name} in time`)];
      case 'OperationSucceeded':
        return [...lines, say(`succeeded${this.#took(node)}`)];
      case 'OperationFailed':
        return [...lines, say(`failed${this.#took(node)}: ${event.error.message} (${event.error.code})`)];
      case 'OperationCancelled':
        return [...lines, say(`cancelled by ${event.by}`)];
      case 'StepStarted':
        return event.try === 1 ? [] : [say(`try ${event.try} of ${event.step} started: it supersedes what was proposed before`)];
      case 'StepRetrying':
        return [
          ...lines,
          say(`try ${event.try} of ${event.step} failed: ${event.error.message} (${event.error.code})`),
          ...(event.nextModel === event.model ? [] : [say(`asking ${event.nextModel} instead`)]),
        ];
      case 'StepWaiting':
        return [say(waitText(event))];
      case 'StepFailed':
        return lines;
      case 'StepSucceeded':
        return [...lines, ...event.mends.map((mend) => say(`mended: ${mend}`))];
      case 'ReasoningDelta':
        return [];
      case 'PlanStepChanged': {
        const { status, title } = event.planStep;
        return [say(`step ${status.toLowerCase()}: ${title}${event.reason === null ? '' : `. ${event.reason}`}`)];
      }
      case 'TextDelta':
        return this.#complete(node, event.text).map(say);
      case 'IdeaProposed':
        return [say(`idea: ${event.idea.title}`)];
      case 'ChoiceScored':
        return [say(`choice: ${event.choice.label}${event.score === null ? '' : ` (${event.score.toFixed(2)})`}`)];
      case 'PlanStepProposed':
        return [say(`step: ${event.planStep.title}`)];
      case 'DataEmitted':
        return [say(`${event.name}: ${JSON.stringify(event.data)}`)];
      case 'EventsPruned':
        return [say(`events ${event.seq} to ${event.through} were pruned: what led to results that are there`)];
      default:
        event satisfies never;
        return [];
    }
  }

  #took(node: OperationNode | undefined): string {
    const ms = node && this.#tree.elapsedMs(node, node.finishedAt ?? 0);
    return ms === undefined ? '' : ` after ${duration(ms)}`;
  }

  /** The lines that a piece of text completes. */
  #complete(node: OperationNode | undefined, text: string): string[] {
    const id = node?.id ?? '';
    const lines = printable((this.#unfinished.get(id) ?? '') + text).split('\n');
    this.#unfinished.set(id, lines.pop() ?? '');
    return lines.filter((line) => line.trim() !== '');
  }

  /** What was streamed, and never got its line break. */
  #rest(node: OperationNode | undefined): string[] {
    const id = node?.id ?? '';
    const text = this.#unfinished.get(id) ?? '';
    this.#unfinished.delete(id);
    return text.trim() === '' ? [] : [text];
  }
}
