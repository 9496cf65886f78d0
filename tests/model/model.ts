import type { OnBusy } from '../../src/history/event.ts';
import type { Telling } from './telling.ts';

// What a reader should see, written from DESIGN.md. It knows nothing of how Lion goes about it.

/** An event as a reader sees it, with numbers in place of the ids of operations: so a fork shows the same as what it shares. */
export interface Shown {
  seq: number;
  type: string;
  at: string;
  operation: number | null;
  // oxlint-disable-next-line typescript/no-explicit-any -- the fields differ with the type
  [field: string]: any;
}

/** A broken guarantee. */
export class Broken extends Error {}

export function claim(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Broken(what);
}

/** What is known of a session. What a fork shares is remembered once, for all that share it. */
export interface SessionModel {
  id: string;
  onBusy: OnBusy;
  parent: SessionModel | undefined;
  /** The last event that is shared; 0 for none. */
  forkSeq: number;
  /** All that was ever shown, by its `seq`. */
  memory: Map<number, Shown>;
  /** The last `seq` that was shown. */
  lastSeq: number;
  /** What it has shown of operations that it cut off, and that nothing else repeats: the seqs of their deltas. */
  kept: Set<number>;
  /** Undefined while it is being deleted, and after that where the answer was lost. */
  isDeleted: boolean | undefined;
  /** What follows from the answers that clients were given: claims of what the history tells. */
  claims: ((telling: Telling) => void)[];
}

/** What a session has shown at a place in its history. */
export const remembered = ({ parent, forkSeq, memory }: SessionModel, seq: number): Shown | undefined =>
  parent && seq <= forkSeq ? remembered(parent, seq) : memory.get(seq);

function remember({ parent, forkSeq, memory }: SessionModel, event: Shown): void {
  if (parent && event.seq <= forkSeq) remember(parent, event);
  else memory.set(event.seq, event);
}

export const lastSeqOf = (event: Shown): number => (event.type === 'EventsPruned' ? (event['through'] as number) : event.seq);

/**
 * Takes in what a reader was shown from a cursor on.
 *
 * @throws Broken when there is a gap or a repeat, or something is not as it was shown before
 */
export function show(session: SessionModel, after: number, events: readonly Shown[], mayBePruned: boolean): void {
  let cursor = after;
  for (const event of events) {
    claim(event.seq === cursor + 1, `${session.id}: after ${cursor} comes ${event.seq} (${event.type})`);
    cursor = lastSeqOf(event);
    if (event.type === 'EventsPruned') {
      claim(mayBePruned, `${session.id}: ${event.seq} is pruned, and nobody has pruned`);
      for (let seq = event.seq; seq <= cursor; seq++) {
        const type = remembered(session, seq)?.type ?? 'TextDelta';
        claim(type === 'TextDelta', `${session.id}: ${seq} is pruned, and was a ${type}`);
      }
      continue;
    }
    const before = remembered(session, event.seq);
    const [now, then] = [JSON.stringify(event), JSON.stringify(before)];
    claim(before === undefined || now === then, `${session.id}: ${event.seq} was ${then}, and is ${now}`);
    remember(session, event);
  }
  session.lastSeq = Math.max(session.lastSeq, cursor);
}

/** Claims of a history that is shown as a whole that each pruned run is maximal. */
export function claimRunsAreMerged(session: SessionModel, events: readonly Shown[]): void {
  for (const [index, { type, seq }] of events.entries())
    claim(
      type !== 'EventsPruned' || events[index - 1]?.type !== 'EventsPruned',
      `${session.id}: the run at ${seq} is not one with the run before it`,
    );
}

export const noTokens = { inputTokens: 0, outputTokens: 0 };
export type Tokens = typeof noTokens;

export type Status = 'QUEUED' | 'RUNNING' | 'WAITING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
export const isTerminal = (status: Status): boolean => status === 'SUCCEEDED' || status === 'FAILED' || status === 'CANCELLED';

/** An operation as the history tells of it. */
export interface OperationModel {
  number: number;
  name: string;
  plan: string[];
  parent: number | null;
  /** Whose recorded steps and answers it goes on from. */
  retryOf: number | null;
  status: Status;
  attempt: number;
  /** Whether it lies in the past of a fork that was made before it ended: there, it stays as it is. */
  isCutOff: boolean;
  queuedAt: number;
  endedAt: number | undefined;
  end: Shown | undefined;
  steps: Map<string, { try: number; isRecorded: boolean }>;
  /** The steps that it has begun itself. */
  begun: Set<string>;
  /** What a person was asked, and answered. */
  answers: Map<string, string | undefined>;
  emits: string[];
  recoveries: number;
  usage: Tokens;
}

/** How operations are started: what a reader cannot see. */
export interface Intent {
  onBusy: OnBusy;
}

export const isUnfinished = ({ status, isCutOff }: OperationModel): boolean => !isTerminal(status) && !isCutOff;
