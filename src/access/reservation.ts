import { LionError } from '../errors.ts';
import type { Draft, OperationState } from '../history/draft.ts';
import type { ExceededBudget } from '../history/event.ts';
import { amountIn, resetsAt, type BudgetState, type UsedAmounts } from '../history/ledger.ts';
import { operationId } from '../ids.ts';
import type { CallBound } from '../models/call-bound.ts';
import { ModelPriceUnknownError } from '../models/errors.ts';
import type { CallUse, Usage } from '../models/usage.ts';

/** What a call may do under the budgets that it counts in. */
export type Allowance =
  | { maxOutputTokens: number }
  /** The call is not to be made. */
  | { refusal: BudgetExceededError | ModelPriceUnknownError };

/** A model call did not fit into a budget, and was not made. */
export class BudgetExceededError extends LionError {
  readonly code = 'BUDGET_EXCEEDED';
  readonly retryable = false;
  readonly budget: ExceededBudget;

  constructor(model: string, budget: ExceededBudget) {
    const { limit, spent, reserved, needed } = budget;
    const amount = (of: number): string => shownAmount(budget.unit, of);
    const resets = budget.resetsAt === null ? '' : ` It begins anew at ${budget.resetsAt}.`;
    super(
      `${model} was not asked: the call does not fit into ${nameOfBudget(budget)}. Its limit is ${amount(limit)}; ${amount(spent)} are spent, ${amount(reserved)} are reserved for other calls, and this one may need ${amount(needed)}.${resets} What was recorded is kept: raise the budget, and retryOperation goes on from there.`,
    );
    this.budget = budget;
  }
}

const shownAmount = (unit: BudgetState['unit'], amount: number): string =>
  unit === 'TOKENS' ? `${amount} tokens` : `${amount} micro-US-dollars`;

const nameOfBudget = ({ scope, id, period }: Pick<ExceededBudget, 'scope' | 'id' | 'period'>): string =>
  `the budget of the ${scope.toLowerCase()} ${id}${{ DAY: ' for the day', MONTH: ' for the month', TOTAL: '' }[period]}`;

/** Whose a budget is. */
export function subjectOf({ owner }: Pick<BudgetState, 'owner'>): Pick<ExceededBudget, 'scope' | 'id'> {
  if ('projectId' in owner)
    return owner.keyId === '' ? { scope: 'PROJECT', id: owner.projectId } : { scope: 'KEY', id: owner.keyId };
  return owner.operation === 0
    ? { scope: 'SESSION', id: owner.sessionId }
    : { scope: 'OPERATION', id: operationId(owner.sessionId, owner.operation) };
}

/**
 * Reserves what a call may use at most, in each budget that it counts in. Where little is left, its answer may be the less long.
 *
 * @returns undefined where no budget applies
 */
export function reserveIn(
  draft: Draft,
  operation: OperationState,
  of: { step: string; try: number },
  bound: CallBound,
): Allowance | undefined {
  const budgets = draft.ledger.budgetsOf(operation);
  if (budgets.length === 0) return undefined;
  let { maxOutputTokens } = bound;
  for (const budget of budgets) {
    const fits = outputThatFits(bound, budget, maxOutputTokens);
    if ('refusal' in fits) return fits;
    ({ maxOutputTokens } = fits);
  }
  const { sessionId, number, attempt, projectId, keyId, budgetOf } = operation;
  const spender = { sessionId, operation: number, projectId, keyId, budgetOf };
  draft.ledger.reserve({ ...of, ...spender, attempt, ...amountsOf(bound, maxOutputTokens) });
  return { maxOutputTokens };
}

const amountsOf = (bound: CallBound, outputTokens: number): UsedAmounts => ({
  tokens: bound.promptTokens + outputTokens,
  cost: bound.costOf(outputTokens),
});

/** How long the answer can be that a budget has room for: at most `most` tokens. */
function outputThatFits(bound: CallBound, budget: BudgetState, most: number): Allowance {
  const { unit, limit, spent, reserved, period } = budget;
  const room = limit - spent - reserved;
  if (unit === 'MICRO_USD' && bound.costOf(bound.leastOutputTokens) === null)
    return { refusal: new ModelPriceUnknownError(bound.model, nameOfBudget({ ...subjectOf(budget), period })) };
  const need = (outputTokens: number): number => amountIn(unit, amountsOf(bound, outputTokens));
  if (need(most) <= room) return { maxOutputTokens: most };
  const needed = need(bound.leastOutputTokens);
  if (needed > room) {
    const figures = { limit, spent, reserved, needed, resetsAt: resetsAt(budget)?.toISOString() ?? null };
    return { refusal: new BudgetExceededError(bound.model, { ...subjectOf(budget), period, unit, ...figures }) };
  }
  let [fits, tooLong] = [bound.leastOutputTokens, most];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (need(middle) <= room) fits = middle;
    else tooLong = middle;
  }
  return { maxOutputTokens: fits };
}

/**
 * Books what a call used in the budgets that it counts in, and releases what was reserved for it.
 *
 * @param call what is known of it; where nothing is, it is taken to have used what was reserved
 */
export function settleIn(
  draft: Draft,
  { sessionId, number: operation, projectId, keyId, budgetOf }: OperationState,
  step: string,
  usage: Usage,
  call: CallUse | undefined,
): void {
  if (!draft.ledger.isUsed) return;
  const used = { tokens: usage.inputTokens + usage.outputTokens, cost: usage.cost };
  draft.ledger.settle({ sessionId, operation, projectId, keyId, budgetOf }, step, used, call?.isCounted ?? false);
}

/** Of calls of an operation of which nothing is known but that they were to be made. */
export function settleRest(draft: Draft, operation: OperationState): void {
  const { sessionId, number } = operation;
  const left = draft.ledger.reservations({ sessionId, operation: number });
  for (const step of left.keys()) settleIn(draft, operation, step, nothing, undefined);
}

const nothing: Usage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, reasoningTokens: 0, cost: 0 };
