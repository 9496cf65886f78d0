import type { OperationRow, SessionRow } from '../../database/client.ts';
import type { Failure } from '../../history/event.ts';
import { operationId } from '../../ids.ts';
import type { InputAsked } from '../../operations/input-request.ts';
import { isExpired } from '../../sessions/expiry.ts';
import { shownInput, shownResult, type Kinds } from './kinds.ts';

interface UsageRow {
  inputTokens: number | bigint;
  outputTokens: number | bigint;
  cachedTokens: number | bigint;
  reasoningTokens: number | bigint;
  cost: number | bigint | null;
}

export const presentUsage = ({ inputTokens, outputTokens, cachedTokens, reasoningTokens, cost }: UsageRow) => ({
  input_tokens: Number(inputTokens),
  output_tokens: Number(outputTokens),
  cached_tokens: Number(cachedTokens),
  reasoning_tokens: Number(reasoningTokens),
  cost: cost === null ? null : Number(cost),
});

export type SessionWithHead = SessionRow & {
  head:
    (UsageRow & { lastSeq: number; onBusy: string; expiresAt: Date | null; expiredAt: Date | null; unfinished: number }) | null;
};

export function presentSession({ id, title, metadata, createdAt, forkedFrom, forkSeq, head }: SessionWithHead, now: Date) {
  return {
    session_id: id,
    title,
    metadata,
    status: isExpired(head!, now) ? 'EXPIRED' : 'ACTIVE',
    on_busy: head!.onBusy,
    created_at: createdAt.toISOString(),
    expires_at: head!.expiresAt?.toISOString() ?? null,
    last_seq: head!.lastSeq,
    usage: presentUsage(head!),
    forked_from: forkedFrom,
    fork_seq: forkSeq,
  };
}

/** What became of an operation, as far as it has come: the answer to whoever started it. */
export function presentOutcome(operation: OperationRow, kinds: Kinds) {
  const { sessionId, number, kind, status, output, partialOutput, error } = operation;
  return {
    session_id: sessionId,
    operation_id: operationId(sessionId, number),
    status,
    result: output === null ? null : shownResult(kinds, kind, output, sessionId),
    ...(error !== null && { error: presentFailure(error as unknown as Failure) }),
    ...(partialOutput !== null && { partial_result: shownResult(kinds, kind, partialOutput, sessionId) }),
  };
}

export function presentFailure({ code, message, retryable, budget }: Failure) {
  if (!budget) return { code, message, retryable };
  const { resetsAt, ...figures } = budget;
  return { code, message, retryable, budget: { ...figures, resets_at: resetsAt } };
}

export function presentOperation(operation: OperationRow, inputRequest: InputAsked | null, kinds: Kinds) {
  const { sessionId, kind, input, status, readyAt, parent, retryOf, startedAt, finishedAt } = operation;
  const idOf = (number: number | null): string | null => (number === null ? null : operationId(sessionId, number));
  return {
    ...presentOutcome(operation, kinds),
    kind,
    input: shownInput(kinds, kind, input, sessionId),
    attempt: operation.attempt,
    waits_for_turn: status === 'QUEUED' && readyAt === null,
    input_request: inputRequest && presentInputRequest(inputRequest),
    name: operation.name,
    parent_id: idOf(parent),
    retry_of: idOf(retryOf),
    model: operation.model,
    usage: presentUsage(operation),
    created_at: operation.createdAt.toISOString(),
    started_at: startedAt?.toISOString() ?? null,
    finished_at: finishedAt?.toISOString() ?? null,
  };
}

const presentInputRequest = ({ requestedAt, until, ...asked }: InputAsked) => ({
  ...asked,
  requested_at: requestedAt.toISOString(),
  until: until?.toISOString() ?? null,
});
