import type { Failure, StoredEvent, UsagePayload } from '../../history/event.ts';
import { operationId } from '../../ids.ts';
import { ideaSchema } from '../../operations/idea.ts';
import { planStepSchema } from '../../operations/plan-step.ts';
import { shownInput, shownResult, type Kinds } from './kinds.ts';
import { jsonSchemaOf, shown, snakeCase } from './naming.ts';
import { presentFailure, presentUsage } from './present.ts';

const { steps: _parts, ...planStepFields } = planStepSchema.shape;
const ideaShape = jsonSchemaOf(ideaSchema, 'output');
const planStepShape = jsonSchemaOf(planStepSchema.pick(keysOf(planStepFields)), 'output');

function keysOf<T extends object>(fields: T): { [K in keyof T]: true } {
  return Object.fromEntries(Object.keys(fields).map((key) => [key, true])) as { [K in keyof T]: true };
}

/** Names of fields that are others than those inside, but for their case. */
const otherNames: Record<string, string> = {
  parent: 'parent_id',
  from: 'forked_from',
  output: 'result',
  partialOutput: 'partial_result',
};

/** An event as REST shows it: the same as GraphQL tells, with ids in place of what they name. */
export function presentEvent(event: StoredEvent, kinds: Kinds): Record<string, unknown> {
  const { sessionId, seq, type, at, operation, payload } = event;
  const idOf = (number: number): string => operationId(sessionId, number);
  const kind = 'kind' in payload ? payload.kind : null;

  function present(field: string, value: unknown): unknown {
    if (value === null) return null;
    switch (field) {
      case 'parent':
      case 'retryOf':
        return idOf(value as number);
      case 'unfinished':
        return (value as number[]).map(idOf);
      case 'input':
        return shownInput(kinds, kind!, value, sessionId);
      case 'output':
      case 'partialOutput':
        return shownResult(kinds, kind, value, sessionId);
      case 'usage':
        return presentUsage(value as UsagePayload);
      case 'error':
        return presentFailure(value as Failure);
      case 'idea':
        return shown(value, ideaShape, sessionId);
      case 'planStep':
        return shown(value, planStepShape, sessionId);
      default:
        return value;
    }
  }

  const told = Object.entries(payload).map(([field, value]): [string, unknown] => [
    field === 'reason' && (type === 'OperationWaiting' || type === 'StepWaiting')
      ? 'waiting_for'
      : (otherNames[field] ?? snakeCase(field)),
    present(field, value),
  ]);
  return {
    session_id: sessionId,
    seq,
    type,
    at: at.toISOString(),
    operation_id: operation === null ? null : idOf(operation),
    ...Object.fromEntries(told),
  };
}
