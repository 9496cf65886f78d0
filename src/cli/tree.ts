import {
  applyEvent,
  contentOf,
  emptyHistory,
  type Event,
  type HistoryView,
  type OperationError,
  type OperationOutput,
  type OperationStatus,
  type OperationView,
  type PlanStepStatus,
  type StepView,
} from '../client/index.ts';

/** A line of what an operation has to show. */
export type Proposal =
  | { of: 'idea'; id: string; title: string }
  | { of: 'choice'; label: string; score: number | null }
  | { of: 'planStep'; id: string; title: string; dependsOn: readonly string[]; isPart: boolean; status: PlanStepStatus };

/** An operation among the others, as people are told of it. */
export class OperationNode {
  readonly #tree: OperationTree;
  readonly #view: OperationView;
  readonly #input: Record<string, unknown> | null;

  constructor(tree: OperationTree, view: OperationView) {
    this.#tree = tree;
    this.#view = view;
    this.#input = view.input as Record<string, unknown> | null;
  }

  get id(): string {
    return this.#view.id;
  }
  get kind(): string {
    return this.#view.kind;
  }
  get status(): OperationStatus {
    return this.#view.status;
  }
  get model(): string | null {
    return this.#view.model;
  }
  get recovered(): boolean {
    return this.#view.isRecovered;
  }
  get steps(): readonly StepView[] {
    return this.#view.steps;
  }
  get error(): OperationError | undefined {
    return this.#view.error;
  }
  get output(): OperationOutput | undefined {
    return this.#view.output;
  }
  get instruction(): string | undefined {
    const instruction = this.#input?.['instruction'];
    return typeof instruction === 'string' ? instruction : undefined;
  }
  /** Which part of its parent's work it is, such as the step that it carries out. */
  get part(): string | undefined {
    const { step, idea } = (this.#input?.['of'] ?? {}) as { step?: { title?: unknown }; idea?: { title?: unknown } };
    const title = step?.title ?? idea?.title;
    return typeof title === 'string' ? title : undefined;
  }
  /** How many ideas or steps were asked for, where that was said. */
  get wanted(): number | undefined {
    const wanted = this.#input?.['count'] ?? this.#input?.['steps'];
    return typeof wanted === 'number' ? wanted : undefined;
  }
  get parent(): OperationNode | undefined {
    return this.#view.parentId === null ? undefined : this.#tree.node(this.#view.parentId);
  }
  get children(): OperationNode[] {
    return this.#view.childIds.flatMap((id) => this.#tree.node(id) ?? []);
  }
  /** By the server's clock, in ms. */
  get startedAt(): number | undefined {
    return this.#view.startedAt === undefined ? undefined : Date.parse(this.#view.startedAt);
  }
  get finishedAt(): number | undefined {
    return this.#view.finishedAt === undefined ? undefined : Date.parse(this.#view.finishedAt);
  }
  /** What it waits for, while it does. */
  get waiting(): string | undefined {
    return this.#view.waiting && waitText(this.#view.waiting);
  }
  /** What it asks of people. */
  get inputRequests(): OperationView['inputRequests'] {
    return this.#view.inputRequests;
  }
  /** What it proposes, and in the end what it produced. What a run is made of, its children show. */
  get proposals(): Proposal[] {
    if (this.#view.output?.__typename === 'RunOutput') return [];
    const { ideas, choices, planSteps } = contentOf(this.#view);
    return [
      ...ideas.map(({ id, title }) => ({ of: 'idea' as const, id, title })),
      ...choices.map(({ choice, score }) => ({ of: 'choice' as const, label: choice.label, score })),
      ...planSteps.map(({ id, title, dependsOn, partOf, status }) => ({
        of: 'planStep' as const,
        id,
        title,
        dependsOn,
        isPart: partOf !== null,
        status,
      })),
    ];
  }
}

/** The operations that a history tells of, as they are after the events so far. Draws nothing. */
export class OperationTree {
  #history: HistoryView = emptyHistory;
  /** By how much this machine's clock is ahead of the server's, at most: the freshest event tells it best. */
  #aheadMs = Infinity;

  get roots(): OperationNode[] {
    return this.#history.rootIds.flatMap((id) => this.node(id) ?? []);
  }

  /** Takes an event in. @returns the operation that it tells of */
  apply(event: Event, nowMs: number): OperationNode | undefined {
    this.#history = applyEvent(this.#history, event);
    this.#aheadMs = Math.min(this.#aheadMs, nowMs - Date.parse(event.at));
    return event.operation === null ? undefined : this.node(event.operation.id);
  }

  node(id: string): OperationNode | undefined {
    const view = this.#history.operations.get(id);
    return view && new OperationNode(this, view);
  }

  /** How long an operation has been at work; undefined before it began. */
  elapsedMs({ startedAt, finishedAt }: OperationNode, nowMs: number): number | undefined {
    if (startedAt === undefined) return undefined;
    return Math.max(0, (finishedAt ?? nowMs - this.#aheadMs) - startedAt);
  }
}

/** What is waited for, for people. */
export function waitText(event: Extract<Event, { type: 'StepWaiting' | 'OperationWaiting' }>): string {
  const provider = event.type === 'StepWaiting' ? event.provider : '';
  const why = {
    PERSON: 'for an answer',
    TIME: 'for its time',
    CONCURRENCY: `as many calls to ${provider} are under way as may be`,
    REQUESTS: `as many requests were sent to ${provider} in this minute as may be`,
    TOKENS: `as many tokens were used at ${provider} in this minute as may be`,
    PROVIDER: `${provider} asked for a pause`,
  }[event.waitingFor];
  const until = event.until === null ? '' : `, until ${new Date(event.until).toLocaleTimeString()}`;
  return `waits${event.type === 'StepWaiting' ? ':' : ''} ${why}${until}`;
}

/** How what an operation asks is answered from a shell. */
export const answerHint = (operationId: string, { name }: { name: string }): string =>
  `answer it: lion answer ${operationId} --name ${/^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`} '<JSON>'`;
