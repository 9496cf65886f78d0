import {
  claim,
  isTerminal,
  isUnfinished,
  noTokens,
  remembered,
  type Intent,
  type OperationModel,
  type SessionModel,
  type Shown,
  type Status,
} from './model.ts';

/** Where an event takes an operation from, and to. */
const transitions: Record<string, { from: Status[]; to: Status }> = {
  OperationStarted: { from: ['QUEUED'], to: 'RUNNING' },
  OperationRecovered: { from: ['RUNNING'], to: 'QUEUED' },
  OperationWaiting: { from: ['RUNNING'], to: 'WAITING' },
  OperationResumed: { from: ['WAITING'], to: 'QUEUED' },
  OperationSucceeded: { from: ['RUNNING'], to: 'SUCCEEDED' },
  OperationFailed: { from: ['QUEUED', 'RUNNING', 'WAITING'], to: 'FAILED' },
  OperationCancelled: { from: ['QUEUED', 'RUNNING', 'WAITING'], to: 'CANCELLED' },
};

/** Those that were in the way of one that was started with CANCEL_PREVIOUS, and have yet to be cancelled. */
interface Clearing {
  by: number;
  left: Set<number>;
}

/** What the history of a session tells, event by event. */
export class Telling {
  readonly operations = new Map<number, OperationModel>();
  readonly #session: SessionModel;
  readonly #intents: ReadonlyMap<string, Intent>;
  #clearing: Clearing | undefined;
  #at = 0;

  constructor(session: SessionModel, intents: ReadonlyMap<string, Intent>) {
    this.#session = session;
    this.#intents = intents;
  }

  #claim(holds: unknown, what: string): asserts holds {
    claim(holds, `${this.#session.id}, ${this.#at}: ${what}`);
  }

  take(event: Shown): void {
    this.#at = event.seq;
    this.#claim((event.type === 'SessionCreated') === (event.seq === 1), `${event.type} is not where it belongs`);
    if (event.type === 'SessionForked') return this.#cutOff(event);
    if (event.operation === null) return;
    if (event.type === 'OperationQueued') return this.#queue(event);
    const operation = this.operations.get(event.operation);
    this.#claim(operation, `${event.type} of the operation ${event.operation}, which is not there`);
    this.#claim(!operation.isCutOff, `${event.type} of ${operation.number}, which stays as it was when the fork was made`);
    this.#claim(!isTerminal(operation.status), `${event.type} of ${operation.number}, which is ${operation.status}`);
    this.#clear(event, operation);
    const transition = transitions[event.type];
    if (transition) this.#move(event, operation, transition);
    else this.#record(event, operation);
  }

  /** What a fork finds unfinished does not go on in it. */
  #cutOff(event: Shown): void {
    const unfinished = [...this.operations.values()].filter(({ status }) => !isTerminal(status));
    for (const operation of unfinished) operation.isCutOff = true;
    const numbers = unfinished.map(({ number }) => number).toSorted((a, b) => a - b);
    const told = (event['unfinished'] as number[]).toSorted((a, b) => a - b);
    this.#claim(
      JSON.stringify(told) === JSON.stringify(numbers),
      `the fork says that ${told.join(', ')} were unfinished; it were ${numbers.join(', ')}`,
    );
    this.#clearing = undefined;
  }

  #queue(event: Shown): void {
    const number = event.operation!;
    this.#claim(number === this.operations.size + 1, `operation ${number} is the ${this.operations.size + 1}th`);
    const { name, plan } = event['input'] as { name: string; plan: string[] };
    const parent = event['parent'] as number | null;
    const retryOf = event['retryOf'] as number | null;
    const source = retryOf === null ? undefined : this.operations.get(retryOf);
    const before = this.#topLevel().filter(isUnfinished);
    const isChild = parent !== null;
    const onBusy = this.onBusyOf(name);
    if (parent !== null) this.#claim(this.operations.get(parent)?.status === 'RUNNING', `its parent ${parent} does not run`);
    if (!isChild && onBusy === 'REJECT')
      this.#claim(before.length === 0, `${number} is to REJECT, and ${numbers(before)} are busy`);
    if (!isChild && onBusy === 'CANCEL_PREVIOUS' && before.length > 0)
      this.#clearing = { by: number, left: new Set(before.map((operation) => operation.number)) };
    this.operations.set(number, {
      number,
      name,
      plan,
      parent,
      retryOf,
      status: 'QUEUED',
      attempt: 0,
      isCutOff: false,
      queuedAt: event.seq,
      endedAt: undefined,
      end: undefined,
      // What is recorded of the one that it is a retry of is not done again.
      steps: new Map([...(source?.steps ?? [])].filter(([, { isRecorded }]) => isRecorded)),
      begun: new Set(),
      answers: new Map([...(source?.answers ?? [])].filter(([, answer]) => answer !== undefined)),
      emits: [],
      recoveries: 0,
      usage: { ...noTokens },
    });
  }

  /** After CANCEL_PREVIOUS, nothing comes before all that was in the way is cancelled. */
  #clear(event: Shown, operation: OperationModel): void {
    const clearing = this.#clearing;
    if (!clearing) return;
    const { by, left } = clearing;
    const isOfIt = event.type === 'OperationCancelled' || event.type === 'StepFailed';
    this.#claim(isOfIt, `${event.type} of ${operation.number}, and ${by} has yet to cancel ${[...left].join(', ')}`);
    if (event.type === 'OperationCancelled') {
      this.#claim((event['by'] as string).includes(`_${by}, started with CANCEL_PREVIOUS`), `it is cancelled by ${event['by']}`);
      left.delete(operation.number);
    }
    if (left.size === 0) this.#clearing = undefined;
  }

  #move(event: Shown, operation: OperationModel, { from, to }: { from: Status[]; to: Status }): void {
    const { number } = operation;
    this.#claim(from.includes(operation.status), `${event.type} of ${number}, which is ${operation.status}`);
    operation.status = to;
    if (event.type === 'OperationStarted') {
      this.#claim(
        event['attempt'] === ++operation.attempt,
        `attempt ${event['attempt']} of ${number} is its ${operation.attempt}th`,
      );
      const earlier = this.#topLevel().filter((other) => other.number < number && isUnfinished(other));
      if (operation.parent === null && operation.attempt === 1 && this.onBusyOf(operation.name) === 'QUEUE')
        this.#claim(earlier.length === 0, `${number} has its turn before ${numbers(earlier)}, behind which it is queued`);
    }
    if (event.type === 'OperationRecovered') {
      operation.recoveries++;
      const recorded = [...operation.steps].filter(([, { isRecorded }]) => isRecorded).map(([name]) => name);
      const told = (event['stepsReused'] as string[]).toSorted();
      this.#claim(
        recorded.every((name) => told.includes(name)),
        `${number} reuses ${told.join(', ')}; recorded are ${recorded.join(', ')}`,
      );
    }
    if (!isTerminal(to)) return;
    operation.endedAt = event.seq;
    operation.end = event;
    for (const child of this.childrenOf(number))
      this.#claim(isTerminal(child.status), `${number} ends before its child ${child.number}`);
    const parent = operation.parent === null ? undefined : this.operations.get(operation.parent);
    if (parent) add(parent.usage, operation.usage);
  }

  #record(event: Shown, operation: OperationModel): void {
    const { type } = event;
    const { number, steps, answers } = operation;
    const { step: name, try: tryNumber } = event as unknown as { step: string; try: number };
    const step = steps.get(name);
    if (event['usage'] != null) add(operation.usage, event['usage'] as typeof noTokens);
    if (type === 'InputRequested') {
      this.#claim(!answers.has(event['name'] as string), `${number} asks "${event['name']}" again`);
      answers.set(event['name'] as string, undefined);
    } else if (type === 'InputReceived') {
      const asked = event['name'] as string;
      this.#claim(answers.has(asked) && answers.get(asked) === undefined, `a second answer to "${asked}" of ${number}`);
      answers.set(asked, (event['answer'] as { text: string }).text);
    } else {
      this.#claim(operation.status === 'RUNNING', `${type} of ${number}, which is ${operation.status}`);
      if (type === 'StepStarted') {
        this.#claim(step?.isRecorded !== true, `the step ${name} of ${number} begins anew, and was recorded`);
        this.#claim(tryNumber === (step?.try ?? 0) + 1, `try ${tryNumber} of the step ${name} of ${number}`);
        operation.begun.add(name);
        steps.set(name, { try: tryNumber, isRecorded: false });
      } else if (type === 'DataEmitted') {
        this.#claim(!operation.emits.includes(event['name'] as string), `${number} emits "${event['name']}" again`);
        operation.emits.push(event['name'] as string);
      } else {
        this.#claim(step && step.try === tryNumber && !step.isRecorded, `${type} of a try of ${name} of ${number} that is over`);
        if (type === 'StepSucceeded') step.isRecorded = true;
      }
    }
  }

  childrenOf = (number: number): OperationModel[] => [...this.operations.values()].filter(({ parent }) => parent === number);

  onBusyOf = (name: string) => this.#intents.get(name)?.onBusy ?? this.#session.onBusy;

  #topLevel = (): OperationModel[] => [...this.operations.values()].filter(({ parent }) => parent === null);
}

/** What the whole history of a session tells, up to a place in it. @throws Broken when it is against a guarantee */
export function tell(session: SessionModel, intents: ReadonlyMap<string, Intent>, through = session.lastSeq): Telling {
  const telling = new Telling(session, intents);
  for (let seq = 1; seq <= through; seq++) {
    const event = remembered(session, seq);
    // What was pruned before anybody read it tells nothing.
    if (event) telling.take(event);
  }
  return telling;
}

const numbers = (operations: readonly OperationModel[]): string => operations.map(({ number }) => number).join(', ');

function add(to: typeof noTokens, { inputTokens, outputTokens }: typeof noTokens): void {
  to.inputTokens += inputTokens;
  to.outputTokens += outputTokens;
}
