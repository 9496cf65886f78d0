import type { Draft, OperationState } from '../history/draft.ts';
import { isConcurrent, type Counted, type Owner } from '../history/tally.ts';
import { TooManyOperationsError, TooManySessionsError } from './limit-errors.ts';
import type { LimitOf } from './limit-settings.ts';
import type { StoredAllowance } from './limits.ts';

/** Refuses one more where a key or a project has as many as it may. */
function refuseBeyond(
  draft: Draft,
  { projectId, keyId }: Owner,
  allowance: StoredAllowance,
  counted: Counted,
  { less, refusal }: { less(owner: Owner): number; refusal(of: LimitOf, most: number): Error },
): void {
  const limit = counted === 'CONCURRENT' ? 'concurrent' : 'sessions';
  for (const of of keyId === null ? (['project'] as const) : (['key', 'project'] as const)) {
    const most = allowance[of][limit];
    if (most === Infinity) continue;
    const owner = { projectId, keyId: of === 'key' ? keyId : null };
    if (draft.count(counted, owner) - less(owner) >= most) throw refusal(of === 'key' ? 'KEY' : 'PROJECT', most);
  }
}

/** The guard of whatever makes a session. @throws TooManySessionsError */
export function hasRoomForSession(draft: Draft, owner: Owner, allowance: StoredAllowance): void {
  const refusal = (of: LimitOf, most: number) => new TooManySessionsError(of, most);
  refuseBeyond(draft, owner, allowance, 'SESSIONS', { less: () => 0, refusal });
}

/**
 * The guard of whatever starts an operation, children apart.
 *
 * @param ending the operations that end along with its start: they make room
 * @throws TooManyOperationsError
 */
export function hasRoomForOperation(
  draft: Draft,
  owner: Owner,
  allowance: StoredAllowance,
  ending: readonly OperationState[],
): void {
  const counted = ending.filter(isConcurrent);
  const less = ({ projectId, keyId }: Owner): number =>
    counted.filter((operation) => operation.projectId === projectId && (keyId === null || operation.keyId === keyId)).length;
  const refusal = (of: LimitOf, most: number) => new TooManyOperationsError(of, most);
  refuseBeyond(draft, owner, allowance, 'CONCURRENT', { less, refusal });
}
