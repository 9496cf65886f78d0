import type { Event, OperationError, OperationOutput } from '../client/index.ts';

/** What a step has proposed so far. */
export type Proposal =
  | { of: 'idea'; id: string; title: string }
  | { of: 'choice'; label: string; score: number | null }
  | { of: 'planStep'; id: string; title: string; dependsOn: readonly string[] };

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
      parent,
      children: [],
      wanted: typeof wanted === 'number' ? wanted : undefined,
      status: 'QUEUED',
      model: null,
      startedAt: undefined,
      finishedAt: undefined,
      recovered: false,
      steps: new Map(),
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
    case 'StepRetrying':
      stepOf(node, event).complaint = event.error;
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
    case 'PlanStepProposed': {
      const { id, title, dependsOn } = event.planStep;
      stepOf(node, event).proposals.push({ of: 'planStep', id, title, dependsOn });
      return;
    }
    case 'OperationQueued':
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

/** The step that an event is of. With a higher try it begins anew: what the try before proposed is superseded. */
function stepOf(node: OperationNode, event: { step: string; try: number }): StepNode {
  const known = node.steps.get(event.step);
  if (known?.try === event.try) return known;
  const step = { try: event.try, final: false, proposals: [], text: '', complaint: known?.complaint };
  node.steps.set(event.step, step);
  return step;
}

/** What an operation produced; until that is known, all that its steps propose, in order. */
export function proposalsOf({ output, steps }: OperationNode): Proposal[] {
  switch (output?.__typename) {
    case 'BrainstormOutput':
      return output.ideas.map(({ id, title }) => ({ of: 'idea', id, title }));
    case 'SelectOutput':
      return output.selected.map(({ choice, score }) => ({ of: 'choice', label: choice.label, score }));
    case 'PlanOutput':
      return output.steps.map(({ id, title, dependsOn }) => ({ of: 'planStep', id, title, dependsOn }));
    default:
      return [...steps.values()].flatMap(({ proposals }) => proposals);
  }
}
