import { LRUCache } from 'lru-cache';
import { isTerminalEvent, type StoredEvent, type UsagePayload } from '../history/event.ts';
import { operationId } from '../ids.ts';

/** What became of an operation. */
export type OperationChange = 'QUEUED' | 'STARTED' | 'WAITING' | 'RESUMED' | 'RECOVERED' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** A change of an operation's state, as its history tells of it. */
export interface OperationChanged {
  id: string;
  sessionId: string;
  change: OperationChange;
  at: Date;
  /** Null where it began in a former process. */
  kind: string | null;
  attempt: number | null;
  /** The code of its failure. */
  code: string | null;
  /** From when it was queued, in seconds; null where that was in a former process. */
  sinceQueued: number | null;
  /** From when its work began, in seconds; null where that was in a former process, or never. */
  sinceStarted: number | null;
}

/** The end of one try of a step. */
export interface TryEnded {
  operation: string;
  sessionId: string;
  step: string;
  try: number;
  outcome: 'SUCCEEDED' | 'FAILED' | 'RETRYING';
  /** The code of what went wrong. */
  code: string | null;
  /** The model that was asked; null for a step that asks none. */
  model: string | null;
  usage: UsagePayload;
  startedAt: Date | null;
  at: Date;
  kind: string | null;
}

export interface Watchers {
  operation?(change: OperationChanged): void;
  try?(end: TryEnded): void;
}

/** Operations that are under way are remembered, and no more than so many: what is forgotten has no durations. */
const mostRemembered = 20_000;

interface Remembered {
  kind: string | null;
  queuedAt: Date | null;
  startedAt: Date | null;
  attempt: number | null;
  /** When the tries of its steps began. */
  tries: Map<string, Date>;
}

const seconds = (from: Date | null, to: Date): number | null => (from ? (to.getTime() - from.getTime()) / 1000 : null);

const changes: Partial<Record<StoredEvent['type'], OperationChange>> = {
  OperationQueued: 'QUEUED',
  OperationStarted: 'STARTED',
  OperationWaiting: 'WAITING',
  OperationResumed: 'RESUMED',
  OperationRecovered: 'RECOVERED',
  OperationSucceeded: 'SUCCEEDED',
  OperationFailed: 'FAILED',
  OperationCancelled: 'CANCELLED',
};

/**
 * Reads what there is to measure out of the events themselves, as they are stored: nothing is counted that the history does
 * not tell of.
 */
export function watchHistory(watchers: Watchers): (events: readonly StoredEvent[]) => void {
  const known = new LRUCache<string, Remembered>({ max: mostRemembered });

  function remembered(id: string): Remembered {
    let operation = known.get(id);
    if (!operation) {
      operation = { kind: null, queuedAt: null, startedAt: null, attempt: null, tries: new Map() };
      known.set(id, operation);
    }
    return operation;
  }

  function changed(event: StoredEvent, id: string, operation: Remembered, change: OperationChange): void {
    const { sessionId, at, type, payload } = event;
    if (type === 'OperationQueued') Object.assign(operation, { kind: payload.kind, queuedAt: at });
    else if (type === 'OperationStarted' || type === 'OperationRecovered') {
      operation.attempt = payload.attempt;
      if (type === 'OperationStarted') operation.startedAt ??= at;
    } else if (type === 'OperationSucceeded' || type === 'OperationFailed') operation.kind ??= payload.kind;
    watchers.operation?.({
      id,
      sessionId,
      change,
      at,
      kind: operation.kind,
      attempt: operation.attempt,
      code: type === 'OperationFailed' ? payload.error.code : null,
      sinceQueued: seconds(operation.queuedAt, at),
      sinceStarted: seconds(operation.startedAt, at),
    });
  }

  function look(event: StoredEvent): void {
    if (event.operation === null) return;
    const { type, payload, sessionId, at } = event;
    const change = changes[type];
    const endsTry = type === 'StepSucceeded' || type === 'StepFailed' || type === 'StepRetrying';
    if (!change && !endsTry && type !== 'StepStarted') return;
    const id = operationId(sessionId, event.operation);
    const operation = remembered(id);
    if (change) changed(event, id, operation, change);
    else if (type === 'StepStarted') operation.tries.set(payload.step, at);
    else if (endsTry) {
      watchers.try?.({
        operation: id,
        sessionId,
        step: payload.step,
        try: payload.try,
        outcome: type === 'StepSucceeded' ? 'SUCCEEDED' : type === 'StepFailed' ? 'FAILED' : 'RETRYING',
        code: type === 'StepSucceeded' ? null : payload.error.code,
        model: payload.model,
        usage: payload.usage,
        startedAt: operation.tries.get(payload.step) ?? null,
        at,
        kind: operation.kind,
      });
      operation.tries.delete(payload.step);
    }
    if (isTerminalEvent(type)) known.delete(id);
  }

  return (events) => {
    for (const event of events) look(event);
  };
}
