import type { OnBusy } from '../../src/history/event.ts';
import { operationId } from '../../src/ids.ts';
import { Following } from './following.ts';
import { Lives, modelSays, type Unfinished } from './lives.ts';
import {
  claim,
  claimRunsAreMerged,
  isTerminal,
  isUnfinished,
  lastSeqOf,
  remembered,
  show,
  type Intent,
  type OperationModel,
  type SessionModel,
  type Shown,
} from './model.ts';
import { readBackward, readForward, readOperations } from './reader.ts';
import { tell, type Telling } from './telling.ts';

/** A request with an idempotency key, and the operation that it has made. */
export interface KeyModel {
  key: string;
  sessionId: string;
  onBusy: OnBusy | undefined;
  bound: { id: string; other: boolean } | undefined;
}

/** A question that an operation asked at some time. */
export interface Question {
  session: SessionModel;
  operation: string;
  number: number;
  name: string;
}

/** A real Lion, and what a reader of it should see. */
export class World implements AsyncDisposable {
  readonly lives: Lives;
  readonly sessions: SessionModel[] = [];
  readonly intents = new Map<string, Intent>();
  readonly keys = new Map<number, KeyModel>();
  readonly questions: Question[] = [];
  readonly followings: Following[] = [];
  /** The ids of operations that somebody wanted to cancel. */
  readonly cancelled = new Set<string>();
  mayBePruned = false;
  /** What had not ended when all was settled last. */
  unfinished: Unfinished[] = [];
  #names = 0;

  constructor(lives: Lives) {
    this.lives = lives;
  }

  /** A name that was not given before. */
  name = (what: string): string => `${what} ${++this.#names}`;

  /** The sessions that are there. */
  get present(): SessionModel[] {
    return this.sessions.filter(({ isDeleted }) => isDeleted === false);
  }

  addSession(id: string, onBusy: OnBusy, fork?: { parent: SessionModel; forkSeq: number }): SessionModel {
    const session: SessionModel = {
      id,
      onBusy,
      parent: fork?.parent,
      forkSeq: fork?.forkSeq ?? 0,
      memory: new Map(),
      kept: new Set(),
      lastSeq: 0,
      isDeleted: false,
      claims: [],
    };
    this.sessions.push(session);
    return session;
  }

  tell = (session: SessionModel): Telling => tell(session, this.intents);

  /** Waits until nothing goes on by itself, and looks at what is new; or at everything, where the past may have changed. */
  async settle(isWhole: boolean): Promise<void> {
    this.unfinished = await this.lives.settle();
    for (const session of this.sessions) if (session.isDeleted !== true) await this.look(session, isWhole);
  }

  /** Reads a session while nothing goes on in it, and compares it with what should be there. @returns the events that it has read */
  async look(session: SessionModel, isWhole: boolean): Promise<Shown[]> {
    const after = isWhole ? 0 : session.lastSeq;
    const { value, code } = await this.lives.ask(async (client) => {
      const history = await readForward(client, session.id, after, 1000);
      return { history, operations: history && (await readOperations(client, session.id, 100)) };
    });
    claim(value, `${session.id} cannot be read: ${code}`);
    const { history, operations } = value;
    if (session.isDeleted === undefined) session.isDeleted = history === undefined;
    if (session.isDeleted) return [];
    claim(history && operations, `${session.id} is gone, and nobody has deleted it`);
    const { events, lastSeq, usage } = history;
    show(session, after, events, this.mayBePruned);
    claimRunsAreMerged(session, events);
    claim(lastSeq === session.lastSeq, `${session.id}: lastSeq is ${lastSeq}, and the last event ${session.lastSeq}`);
    const telling = this.tell(session);
    for (const each of session.claims) each(telling);
    this.#claimUsage(session, usage);
    for (const event of events) claimMayBePruned(session, event, telling);
    const told = [...telling.operations.values()];
    const [are, shouldBe] = [operations.map((each) => brief(each)), told.map((each) => this.#briefOf(session, each, telling))];
    claim(
      JSON.stringify(are) === JSON.stringify(shouldBe),
      `${session.id}: the operations are\n${are.join('\n')}\nand by the history\n${shouldBe.join('\n')}`,
    );
    this.#claimOnce(session, told);
    for (const operation of told) {
      this.#claimDoneOnce(session, operation, telling);
      if (operation.end && !operation.isCutOff) this.#claimEnd(session, operation, operation.end, telling);
      for (const [name, answer] of operation.answers)
        if (isUnfinished(operation) && answer === undefined) this.#addQuestion(session, operation, name);
    }
    const own = told.filter((operation) => isUnfinished(operation) && operation.queuedAt > session.forkSeq).length;
    const counted = await this.lives.unfinishedCount(session.id);
    claim(counted === own, `${session.id} counts ${counted} unfinished operations, and has ${own}`);
    return events;
  }

  #addQuestion(session: SessionModel, { number }: OperationModel, name: string): void {
    const operation = operationId(session.id, number);
    if (!this.questions.some((other) => other.operation === operation && other.name === name))
      this.questions.push({ session, operation, number, name });
  }

  #claimUsage(session: SessionModel, { inputTokens, outputTokens }: { inputTokens: number; outputTokens: number }): void {
    const used = { inputTokens: 0, outputTokens: 0 };
    for (let seq = session.forkSeq + 1; seq <= session.lastSeq; seq++) {
      const usage = remembered(session, seq)?.['usage'] as typeof used | undefined;
      used.inputTokens += usage?.inputTokens ?? 0;
      used.outputTokens += usage?.outputTokens ?? 0;
    }
    claim(
      JSON.stringify(used) === JSON.stringify({ inputTokens, outputTokens }),
      `${session.id} used ${inputTokens}, ${outputTokens}; by its history ${JSON.stringify(used)}`,
    );
  }

  #briefOf({ forkSeq }: SessionModel, operation: OperationModel, telling: Telling): string {
    const { number, name, parent, status, attempt, retryOf, usage, answers, isCutOff, end } = operation;
    const isBehind = [...telling.operations.values()].some(
      (other) => other.parent === null && other.number < number && isUnfinished(other),
    );
    const waitsForTurn =
      parent === null && status === 'QUEUED' && !isCutOff && attempt === 0 && telling.onBusyOf(name) === 'QUEUE' && isBehind;
    const asked = status === 'WAITING' ? [...answers].filter(([, answer]) => answer === undefined) : [];
    return brief({
      number,
      status,
      waitsForTurn,
      attempt,
      parent,
      children: telling.childrenOf(number).map((child) => child.number),
      retryOf,
      error: (end?.['error'] as { code: string } | undefined) ?? null,
      usage,
      asks: operation.queuedAt <= forkSeq || isCutOff ? null : (asked[0]?.[0] ?? null),
    });
  }

  /** An idempotency key makes one operation. */
  #claimOnce({ id }: SessionModel, told: readonly OperationModel[]): void {
    const names = told.flatMap(({ name, parent, retryOf }) => (parent === null && retryOf === null ? [name] : []));
    claim(new Set(names).size === names.length, `${id}: one of these was started twice: ${names.join(', ')}`);
  }

  /** The id that an operation of a history was executed by: in a fork, what is shared is another session's. */
  #executedAs(session: SessionModel, { number, queuedAt }: OperationModel): string {
    let of = session;
    while (of.parent && queuedAt <= of.forkSeq) of = of.parent;
    return operationId(of.id, number);
  }

  /** What is recorded was done, and was not done again. */
  #claimDoneOnce(session: SessionModel, operation: OperationModel, telling: Telling): void {
    for (const [step, { isRecorded }] of operation.steps)
      if (isRecorded && step.startsWith('step')) this.#valueOf(session, operation, step, telling);
  }

  /** What a recorded step returned. */
  #valueOf(session: SessionModel, operation: OperationModel, step: string, telling: Telling): string {
    const id = this.#executedAs(session, operation);
    const recorded = operation.steps.get(step);
    claim(recorded?.isRecorded, `${id} has its step ${step} behind it, which is not recorded`);
    const last = this.lives.done.findLast((done) => done.operation === id && done.step === step);
    const isCopied = operation.retryOf !== null && !operation.begun.has(step);
    if (isCopied) {
      claim(!last, `${id} does ${step} again, which the operation recorded that it is a retry of`);
      return this.#valueOf(session, telling.operations.get(operation.retryOf!)!, step, telling);
    }
    claim(
      last?.try === recorded.try || operation.isCutOff,
      `${id} recorded try ${recorded.try} of ${step}; try ${last?.try} was the last`,
    );
    return last!.value;
  }

  /** What an operation says in the end follows from its plan. */
  #claimEnd(session: SessionModel, operation: OperationModel, end: Shown, telling: Telling): void {
    const what = `${session.id}, ${end.seq}: ${operation.number} (${operation.plan.join(', ')}) is ${operation.status}`;
    const children = telling.childrenOf(operation.number);
    const hasLost = children.some(({ status }) => status === 'FAILED' || status === 'CANCELLED');
    const { plan, status } = operation;
    if (status === 'FAILED') {
      const code = (end['error'] as { code: string }).code;
      const mayCrash = code === 'OPERATION_CRASHED' && this.lives.crashes > 2;
      claim(plan.includes('fail') || hasLost || mayCrash, `${what}, with ${code}`);
    } else if (status === 'CANCELLED') {
      const by = end['by'] as string;
      const isWanted = this.#family(operation, telling).some((member) => this.cancelled.has(this.#executedAs(session, member)));
      const parent = operation.parent === null ? undefined : telling.operations.get(operation.parent);
      const hasToGo =
        by.includes('started with CANCEL_PREVIOUS') || (by.startsWith('its parent') && parent && isTerminal(parent.status));
      claim(isWanted || hasToGo, `${what}, by ${by}, and nobody wanted that`);
    } else {
      claim(!plan.includes('fail') && !hasLost, what);
      const emits = plan.flatMap((word, index) => emitsOf(word, `${word}${index}`));
      claim(JSON.stringify(operation.emits) === JSON.stringify(emits), `${what}, and has emitted ${operation.emits.join(', ')}`);
      const [said, toSay] = [this.#said(end), this.#toSay(session, operation, telling)].map((each) => JSON.stringify(each));
      claim(said === toSay, `${what}, and says ${said}; that would be ${toSay}`);
    }
  }

  #said = (end: Shown | undefined): string[] => (end?.['output'] as { said?: string[] } | undefined)?.said ?? [];

  #toSay(session: SessionModel, operation: OperationModel, telling: Telling): (string | undefined)[] {
    const of = (label: string): string => {
      const named = (other: OperationModel): boolean => other.name === `${operation.name}.${label}`;
      return this.#said(telling.childrenOf(operation.number).find(named)?.end).join('+');
    };
    return operation.plan.flatMap((word, index) => {
      const label = `${word}${index}`;
      if (word === 'step') return this.#valueOf(session, operation, label, telling);
      if (word === 'ask') return operation.answers.get(label);
      if (word === 'model') return modelSays;
      if (word === 'pair') return [of(`${label}a`), of(`${label}b`)];
      return word === 'child' || word === 'asker' ? of(label) : [];
    });
  }

  /** An operation and those that it was started by. */
  #family(operation: OperationModel, telling: Telling): OperationModel[] {
    const parent = operation.parent === null ? undefined : telling.operations.get(operation.parent);
    return [operation, ...(parent ? this.#family(parent, telling) : [])];
  }

  /** Reads a session in another way, also while something goes on in it. */
  async read(session: SessionModel, size: number, backward: boolean, cursor: number): Promise<void> {
    const after = backward ? 0 : cursor % (session.lastSeq + 1);
    const { value: events, code } = await this.lives.ask((client) =>
      backward
        ? readBackward(client, session.id, size)
        : readForward(client, session.id, after, size).then((history) => history?.events),
    );
    if (events) return show(session, after, events, this.mayBePruned);
    claim(code === 'LOST' || session.isDeleted !== false, `${session.id} cannot be read: ${code}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const following of this.followings) following.stop();
    await this.lives[Symbol.asyncDispose]();
  }
}

/** What is pruned is repeated by an output, or was superseded. What a fork has shown of an operation that it cut off, it keeps. */
function claimMayBePruned(session: SessionModel, event: Shown, { operations }: Telling): void {
  const { type, seq } = event;
  if (type === 'TextDelta' && operations.get(event.operation!)!.isCutOff) session.kept.add(seq);
  if (type !== 'EventsPruned') return;
  for (let pruned = seq; pruned <= lastSeqOf(event); pruned++) {
    const delta = remembered(session, pruned);
    if (!delta) continue;
    const { number, status, steps, isCutOff } = operations.get(delta.operation!)!;
    const isSuperseded = (delta['try'] as number) < (steps.get(delta['step'] as string)?.try ?? 0);
    claim(
      isSuperseded || (isCutOff ? !session.kept.has(pruned) : status === 'SUCCEEDED'),
      `${session.id}: ${pruned} is pruned, of operation ${number}, which is ${isCutOff ? 'cut off' : status}`,
    );
  }
}

/** What a word of a plan emits. */
function emitsOf(word: string, label: string): string[] {
  if (word === 'chatter') return Array.from({ length: 8 }, (_, n) => `${label}.${n + 1}`);
  return word === 'emit' ? [label] : [];
}

const brief = ({ number, status, waitsForTurn, attempt, parent, children, retryOf, error, usage, asks }: Brief): string =>
  JSON.stringify([
    number,
    status,
    waitsForTurn,
    attempt,
    parent,
    children,
    retryOf,
    error?.code ?? null,
    usage.inputTokens,
    usage.outputTokens,
    asks,
  ]);
type Brief = NonNullable<Awaited<ReturnType<typeof readOperations>>>[number];
