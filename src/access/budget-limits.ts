import { z } from 'zod';
import {
  amountIn,
  periodStartAt,
  type BudgetOwner,
  type BudgetPeriod,
  type BudgetUnit,
  type LedgerDraft,
  type UsedAmounts,
} from '../history/ledger.ts';

export const budgetPeriod = z.enum(['DAY', 'MONTH', 'TOTAL'] as const satisfies BudgetPeriod[]);

const limit = z.int().min(0, 'must not be negative').nullish();

/** The limits of one period. */
export const budgetLimits = {
  tokens: limit,
  costMicroUsd: limit,
};

export type Limits = { [Name in keyof typeof budgetLimits]?: number | null | undefined };

const units = { tokens: 'TOKENS', costMicroUsd: 'MICRO_USD' } as const satisfies Record<keyof Limits, BudgetUnit>;

const hasLimit = ({ tokens, costMicroUsd }: Limits): boolean => (tokens ?? costMicroUsd ?? null) !== null;
const noLimit = 'must have tokens, costMicroUsd, or both';

/** How much an operation and its descendants may use. */
export const operationBudget = z.object(budgetLimits).refine(hasLimit, noLimit);

/** How much a session may use: at most one budget for each period. */
export const sessionBudgets = z
  .array(z.object({ period: budgetPeriod.default('TOTAL'), ...budgetLimits }).refine(hasLimit, noLimit))
  .refine((given) => new Set(given.map(({ period }) => period)).size === given.length, 'must have each period once at most');

export type SessionBudgets = z.infer<typeof sessionBudgets>;

/** What counts in a limit that is new. */
export interface CountedBefore {
  used: UsedAmounts;
  reserved: UsedAmounts;
}

/** For what is new itself. */
export const nothingBefore = (): CountedBefore => ({ used: { tokens: 0, cost: 0 }, reserved: { tokens: 0, cost: 0 } });

/**
 * Sets the limits of one period: one that is undefined stays as it is, and null takes it away. What is spent stays spent; of a limit
 * that is new, it is what was used before in its period.
 */
export function setLimitsIn(
  ledger: LedgerDraft,
  owner: BudgetOwner,
  period: BudgetPeriod,
  limits: Limits,
  before: (periodStart: string) => CountedBefore,
): void {
  for (const [name, unit] of Object.entries(units) as [keyof Limits, BudgetUnit][]) {
    const given = limits[name];
    if (given === undefined) continue;
    const known = ledger.budgets(owner).find((budget) => budget.period === period && budget.unit === unit);
    if (given === null) {
      if (known) ledger.dropBudget(known);
    } else if (known) known.limit = given;
    else {
      const periodStart = periodStartAt(period, ledger.now);
      const { used, reserved } = before(periodStart);
      const amounts = { spent: amountIn(unit, used), assumed: 0, reserved: amountIn(unit, reserved) };
      ledger.addBudget({ owner, period, unit, limit: given, periodStart, ...amounts });
    }
  }
}

/** Sets all budgets of a session: what is not among them is taken away. */
export function setSessionBudgetsIn(
  ledger: LedgerDraft,
  owner: BudgetOwner,
  budgets: SessionBudgets,
  before: (period: BudgetPeriod, periodStart: string) => CountedBefore,
): void {
  for (const period of budgetPeriod.options) {
    const { tokens = null, costMicroUsd = null } = budgets.find((budget) => budget.period === period) ?? {};
    setLimitsIn(ledger, owner, period, { tokens, costMicroUsd }, (periodStart) => before(period, periodStart));
  }
}

/** Gives the same limits to another owner, of which nothing is spent. */
export function copyLimitsIn(ledger: LedgerDraft, from: BudgetOwner, to: BudgetOwner): void {
  for (const { period, unit, limit: of } of ledger.budgets(from)) {
    const periodStart = periodStartAt(period, ledger.now);
    ledger.addBudget({ owner: to, period, unit, limit: of, periodStart, spent: 0, assumed: 0, reserved: 0 });
  }
}
