import type { Event, Idea, OperationError, OperationOutput, OperationStatus, PlanStep, Selection } from './schema-types.ts';

type EventOf<Type extends Event['type']> = Extract<Event, { type: Type }>;
type StepEvent = Extract<Event, { try: number }>;

/** A choice with what a step says of it. */
export type ScoredChoice = Pick<Selection, 'choice' | 'score' | 'rationale'>;

/** A step, as its latest try has it. */
export interface StepView {
  readonly name: string;
  readonly try: number;
  /** Whether it has succeeded: what it proposes is provisional until then, and superseded by a higher try. */
  readonly isFinal: boolean;
  readonly text: string;
  readonly reasoning: string;
  readonly ideas: readonly Idea[];
  readonly planSteps: readonly PlanStep[];
  readonly choices: readonly ScoredChoice[];
  /** Why a try was not good enough, or the step failed. */
  readonly error: OperationError | undefined;
}

/** An operation, as the events so far tell of it. */
export interface OperationView {
  readonly id: string;
  readonly kind: string;
  readonly status: OperationStatus;
  /** Known where the history is read from before it was queued, as are its parent and its children. */
  readonly input: unknown;
  readonly childName: string | null;
  readonly parentId: string | null;
  readonly childIds: readonly string[];
  readonly attempt: number;
  readonly model: string | null;
  /** Whether an attempt at it was interrupted. */
  readonly isRecovered: boolean;
  /** Whether it had not ended when the session was forked: here it does not go on. */
  readonly isCutOff: boolean;
  /** In the order in which they began. */
  readonly steps: readonly StepView[];
  /** The steps of its plan of which something was told since it was made, by their ids. */
  readonly changedPlanSteps: ReadonlyMap<string, PlanStep>;
  /** What a model call, or the operation itself, waits for, while it does. */
  readonly waiting: EventOf<'StepWaiting' | 'OperationWaiting'> | undefined;
  /** What is asked of people, and not answered yet. */
  readonly inputRequests: readonly EventOf<'InputRequested'>[];
  /** What it emitted. */
  readonly data: readonly Pick<EventOf<'DataEmitted'>, 'name' | 'data'>[];
  readonly error: OperationError | undefined;
  readonly output: OperationOutput | undefined;
  /** What there is of an output although it failed. */
  readonly partialOutput: OperationOutput | undefined;
  /** ISO 8601. */
  readonly startedAt: string | undefined;
  readonly finishedAt: string | undefined;
}

/** What a history tells, after the events so far. */
export interface HistoryView {
  /** The `seq` of the last event, or the `through` of an `EventsPruned`: the cursor to go on from. */
  readonly seq: number;
  readonly operations: ReadonlyMap<string, OperationView>;
  /** The operations whose parents are not known, in order. */
  readonly rootIds: readonly string[];
}

/** The last `seq` that an event stands for: the cursor to go on from. */
export const lastSeqOf = (event: Event): number => (event.type === 'EventsPruned' ? event.through : event.seq);

/** What is known before the first event. */
export const emptyHistory: HistoryView = { seq: 0, operations: new Map(), rootIds: [] };

/**
 * Takes an event in, by the rule for provisional ones: a `StepStarted` with a higher try supersedes what earlier tries said, and
 * a `StepSucceeded` makes it final. Pure: the view that is given stays as it is, so that it can be the state of a component.
 *
 *     const [history, take] = useReducer(applyEvent, emptyHistory);
 *
 * @param event one with all that `eventFields` selects; one that was taken in already changes nothing
 */
export function applyEvent(history: HistoryView, event: Event): HistoryView {
  const seq = lastSeqOf(event);
  if (seq <= history.seq) return history;
  if (event.type === 'SessionForked') return { ...history, seq, operations: cutOff(history.operations, event) };
  if (event.operation === null) return { ...history, seq };
  const { id } = event.operation;
  const operations = new Map(history.operations);
  let { rootIds } = history;
  let operation = operations.get(id);
  if (!operation) {
    operation = begun(event, event.operation);
    const parent = operation.parentId === null ? undefined : operations.get(operation.parentId);
    if (parent) operations.set(parent.id, { ...parent, childIds: [...parent.childIds, id] });
    else rootIds = [...rootIds, id];
  }
  operations.set(id, changed(operation, event));
  return { seq, operations, rootIds };
}

function cutOff(before: HistoryView['operations'], { unfinished }: EventOf<'SessionForked'>): ReadonlyMap<string, OperationView> {
  const operations = new Map(before);
  for (const { id } of unfinished) {
    const operation = operations.get(id);
    if (operation) operations.set(id, { ...operation, isCutOff: true, waiting: undefined });
  }
  return operations;
}

function begun(event: Event, { id, kind }: { id: string; kind: string }): OperationView {
  const queued = event.type === 'OperationQueued' ? event : undefined;
  return {
    id,
    kind,
    status: 'QUEUED',
    input: queued?.input ?? null,
    childName: queued?.childName ?? null,
    parentId: queued?.operation?.parent?.id ?? null,
    childIds: [],
    attempt: 0,
    model: null,
    isRecovered: false,
    isCutOff: false,
    steps: [],
    changedPlanSteps: new Map(),
    waiting: undefined,
    inputRequests: [],
    data: [],
    error: undefined,
    output: undefined,
    partialOutput: undefined,
    startedAt: undefined,
    finishedAt: undefined,
  };
}

function changed(before: OperationView, event: Event): OperationView {
  const operation = { ...before, waiting: undefined };
  switch (event.type) {
    case 'OperationStarted':
      return {
        ...operation,
        status: 'RUNNING',
        attempt: event.attempt,
        model: event.model,
        startedAt: operation.startedAt ?? event.at,
      };
    case 'OperationRecovered':
      return { ...operation, status: 'QUEUED', isRecovered: true };
    case 'OperationWaiting':
      return { ...operation, status: 'WAITING', waiting: event };
    case 'OperationResumed':
      return { ...operation, status: 'QUEUED' };
    case 'InputRequested':
      return { ...operation, inputRequests: [...notNamed(operation, event.name), event] };
    case 'InputReceived':
    case 'InputExpired':
      return { ...operation, inputRequests: notNamed(operation, event.name) };
    case 'OperationSucceeded':
      return { ...operation, ...ended, status: 'SUCCEEDED', output: event.output, finishedAt: event.at };
    case 'OperationFailed':
      return {
        ...operation,
        ...ended,
        status: 'FAILED',
        error: event.error,
        partialOutput: event.partialOutput ?? undefined,
        finishedAt: event.at,
      };
    case 'OperationCancelled':
      return { ...operation, ...ended, status: 'CANCELLED', finishedAt: event.at };
    case 'PlanStepChanged':
      return {
        ...operation,
        changedPlanSteps: new Map(operation.changedPlanSteps).set(event.planStep.id, event.planStep),
      };
    case 'DataEmitted':
      return { ...operation, data: [...operation.data, { name: event.name, data: event.data }] };
    case 'StepStarted':
    case 'StepWaiting':
    case 'StepRetrying':
    case 'StepSucceeded':
    case 'StepFailed':
    case 'TextDelta':
    case 'ReasoningDelta':
    case 'IdeaProposed':
    case 'PlanStepProposed':
    case 'ChoiceScored':
      return stepChanged(before, event);
    case 'OperationQueued':
    case 'SessionCreated':
    case 'SessionUpdated':
    case 'SessionExpired':
    case 'SessionForked':
    case 'EventsPruned':
      return operation;
    default:
      // A newer server may tell of more than this client knows.
      event satisfies never;
      return operation;
  }
}

/** What has ended asks nothing any more. */
const ended = { inputRequests: [] };

const notNamed = ({ inputRequests }: OperationView, name: string) => inputRequests.filter((request) => request.name !== name);

function stepChanged(operation: OperationView, event: StepEvent): OperationView {
  const known = operation.steps.find(({ name }) => name === event.step);
  // What a superseded try says late is of no account.
  if (known && event.try < known.try) return operation;
  const step = told(known?.try === event.try ? known : { ...fresh(event), error: known?.error }, event);
  return {
    ...operation,
    steps: known ? operation.steps.map((other) => (other === known ? step : other)) : [...operation.steps, step],
    waiting: event.type === 'StepWaiting' ? event : undefined,
  };
}

const fresh = (event: StepEvent): StepView => ({
  name: event.step,
  try: event.try,
  isFinal: false,
  text: '',
  reasoning: '',
  ideas: [],
  planSteps: [],
  choices: [],
  error: undefined,
});

function told(step: StepView, event: StepEvent): StepView {
  switch (event.type) {
    case 'StepStarted':
    case 'StepWaiting':
      return step;
    case 'StepSucceeded':
      return { ...step, isFinal: true, error: undefined };
    case 'StepRetrying':
    case 'StepFailed':
      return { ...step, error: event.error };
    case 'TextDelta':
      return { ...step, text: step.text + event.text };
    case 'ReasoningDelta':
      return { ...step, reasoning: step.reasoning + event.text };
    case 'IdeaProposed':
      return { ...step, ideas: [...step.ideas, event.idea] };
    case 'PlanStepProposed':
      return { ...step, planSteps: [...step.planSteps, event.planStep] };
    case 'ChoiceScored': {
      const { choice, score, rationale } = event;
      return { ...step, choices: [...step.choices, { choice, score, rationale }] };
    }
    default:
      event satisfies never;
      return step;
  }
}
