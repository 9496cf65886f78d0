import type { Event, OperationError, OperationOutput, PlanStep, PlanStepStatus } from '../client/index.ts';

/** What a step has proposed so far. */
export type Proposal =
  | { of: 'idea'; id: string; title: string }
  | { of: 'choice'; label: string; score: number | null }
  | { of: 'planStep'; id: string; title: string; dependsOn: readonly string[]; isPart: boolean; status: PlanStepStatus };

/** A step, as its latest try has it. */
export interface StepNode {
  try: number;
  /** Whether it has succeeded; what it proposed is provisional until then. */
  final: boolean;
  proposals: Proposal[];
  text: string;
  /** Why the try before was not good enough. */
  complaint: OperationError | undefined;
}

export interface OperationNode {
  readonly id: string;
  readonly kind: string;
  readonly instruction: string | undefined;
  /** Which part of its parent's work it is, such as the step that it carries out. */
  readonly part: string | undefined;
  readonly parent: OperationNode | undefined;
  readonly children: OperationNode[];
  /** How many ideas or steps were asked for, where that was said. */
  readonly wanted: number | undefined;
  status: 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  model: string | null;
  /** By the server's clock, in ms. */
  startedAt: number | undefined;
  finishedAt: number | undefined;
  recovered: boolean;
  readonly steps: Map<string, StepNode>;
  /** How far the steps of its plan are carried out, by their ids. */
  readonly planStatuses: Map<string, PlanStepStatus>;
  /** What it waits for, while it does. */
  waiting: string | undefined;
  error: OperationError | undefined;
  output: OperationOutput | undefined;
}

/** The operations that a history tells of, as they are after the events so far. Holds no clock and draws nothing. */
export class OperationTree {
  readonly roots: OperationNode[] = [];
  /** The `seq` of the last event. */
  seq = 0;
  readonly #nodes = new Map<string, OperationNode>();
  /** By how much this machine's clock is ahead of the server's, at most: the freshest event tells it best. */
  #aheadMs = Infinity;

  /** Takes an event in. @returns the operation that it tells of */
  apply(event: Event, nowMs: number): OperationNode | undefined {
    this.seq = event.seq;
    const atMs = Date.parse(event.at);
    this.#aheadMs = Math.min(this.#aheadMs, nowMs - atMs);
    if (event.operation === null) return undefined;
    const node = this.#nodes.get(event.operation.id) ?? this.#add(event, event.operation);
    change(node, event, atMs);
    return node;
  }

  node(id: string): OperationNode | undefined {
    return this.#nodes.get(id);
  }

  /** How long an operation has been at work; undefined before it began. */
  elapsedMs({ startedAt, finishedAt }: OperationNode, nowMs: number): number | undefined {
    if (startedAt === undefined) return undefined;
    return Math.max(0, (finishedAt ?? nowMs - this.#aheadMs) - startedAt);
  }

  #add(event: Event, { id, kind }: { id: string; kind: string }): OperationNode {
    // Where the history was joined later, the parent may not be known.
    const parent = event.type === 'OperationQueued' ? this.#nodes.get(event.operation?.parent?.id ?? '') : undefined;
    const input = (event.type === 'OperationQueued' ? event.input : null) as Record<string, unknown> | null;
    const wanted = input?.['count'] ?? input?.['steps'];
    const node: OperationNode = {
      id,
      kind,
      instruction: typeof input?.['instruction'] === 'string' ? input['instruction'] : undefined,
      part: partOf(input),
      parent,
      children: [],
      wanted: typeof wanted === 'number' ? wanted : undefined,
      status: 'QUEUED',
      model: null,
      startedAt: undefined,
      finishedAt: undefined,
      recovered: false,
      steps: new Map(),
      planStatuses: new Map(),
      waiting: undefined,
      error: undefined,
      output: undefined,
    };
    this.#nodes.set(id, node);
    (parent?.children ?? this.roots).push(node);
    return node;
  }
}

function change(node: OperationNode, event: Event, atMs: number): void {
  // What a superseded try says late is of no account.
  if ('try' in event && event.try < (node.steps.get(event.step)?.try ?? 0)) return;
  if (event.type !== 'StepWaiting') node.waiting = undefined;
  switch (event.type) {
    case 'OperationStarted':
      node.status = 'RUNNING';
      node.model = event.model;
      node.startedAt ??= atMs;
      return;
    case 'OperationRecovered':
      node.status = 'QUEUED';
      node.recovered = true;
      return;
    case 'OperationSucceeded':
      node.status = 'SUCCEEDED';
      node.output = event.output;
      node.finishedAt = atMs;
      return;
    case 'OperationFailed':
      node.status = 'FAILED';
      node.error = event.error;
      node.finishedAt = atMs;
      return;
    case 'OperationCancelled':
      node.status = 'CANCELLED';
      node.finishedAt = atMs;
      return;
    case 'StepStarted':
      stepOf(node, event);
      return;
    case 'StepWaiting':
      stepOf(node, event);
      node.waiting = waitText(event);
      return;
    case 'StepRetrying':
    case 'StepFailed':
      stepOf(node, event).complaint = event.error;
      return;
    case 'PlanStepChanged':
      node.planStatuses.set(event.planStep.id, event.planStep.status);
      return;
    case 'StepSucceeded':
      stepOf(node, event).final = true;
      return;
    case 'TextDelta':
      stepOf(node, event).text += event.text;
      return;
    case 'IdeaProposed':
      stepOf(node, event).proposals.push({ of: 'idea', id: event.idea.id, title: event.idea.title });
      return;
    case 'ChoiceScored':
      stepOf(node, event).proposals.push({ of: 'choice', label: event.choice.label, score: event.score });
      return;
    case 'PlanStepProposed':
      stepOf(node, event).proposals.push(planStep(event.planStep));
      return;
    case 'OperationQueued':
    case 'ReasoningDelta':
    case 'DataEmitted':
    case 'SessionCreated':
    case 'SessionUpdated':
    case 'SessionExpired':
      return;
    default:
      // A newer server may tell of more than this client knows.
      event satisfies never;
  }
}

const planStep = ({ id, title, dependsOn, partOf, status }: PlanStep): Proposal & { of: 'planStep' } => ({
  of: 'planStep',
  id,
  title,
  dependsOn,
  isPart: partOf !== null,
  status,
});

/** What a child of a plan or of a brainstorm is for. */
function partOf(input: Record<string, unknown> | null): string | undefined {
  const { step, idea } = (input?.['of'] ?? {}) as { step?: { title?: unknown }; idea?: { title?: unknown } };
  const title = step?.title ?? idea?.title;
  return typeof title === 'string' ? title : undefined;
}

/** What a call waits for, for people. */
export function waitText({ provider, waitingFor, until }: Extract<Event, { type: 'StepWaiting' }>): string {
  const why = {
    CONCURRENCY: `as many calls to ${provider} are under way as may be`,
    REQUESTS: `as many requests were sent to ${provider} in this minute as may be`,
    TOKENS: `as many tokens were used at ${provider} in this minute as may be`,
    PROVIDER: `${provider} asked for a pause`,
  }[waitingFor];
  return `waits: ${why}${until === null ? '' : `, until ${new Date(until).toLocaleTimeString()}`}`;
}

/** The step that an event is of. With a higher try it begins anew: what the try before proposed is superseded. */
function stepOf(node: OperationNode, event: { step: string; try: number }): StepNode {
  const known = node.steps.get(event.step);
  if (known?.try === event.try) return known;
  const step = { try: event.try, final: false, proposals: [], text: '', complaint: known?.complaint };
  node.steps.set(event.step, step);
  return step;
}

/** What an operation produced; until that is known, all that its steps propose, in order, the parts of a step after it. */
export function proposalsOf({ output, steps, planStatuses }: OperationNode): Proposal[] {
  switch (output?.__typename) {
    case 'BrainstormOutput':
      return output.ideas.map(({ id, title }) => ({ of: 'idea', id, title }));
    case 'SelectOutput':
      return output.selected.map(({ choice, score }) => ({ of: 'choice', label: choice.label, score }));
    case 'PlanOutput':
      return output.steps.flatMap((step) => [planStep(step), ...step.steps.map(planStep)]);
    default: {
      const proposed = [...steps.values()].flatMap(({ proposals }) => proposals);
      const parts = proposed.filter((proposal) => proposal.of === 'planStep' && proposal.isPart);
      return proposed
        .filter((proposal) => !parts.includes(proposal))
        .flatMap((proposal) => [
          proposal,
          ...parts.filter((part) => 'id' in part && 'id' in proposal && part.id.startsWith(`${proposal.id}.`)),
        ])
        .map((proposal) =>
          proposal.of === 'planStep' ? { ...proposal, status: planStatuses.get(proposal.id) ?? proposal.status } : proposal,
        );
    }
  }
}
