import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { Prisma, type Database } from '../database/client.ts';
import type { Statements } from '../database/statements.ts';
import { InputInvalidError } from '../errors.ts';
import { ofLion, writeAudit, type Caller } from '../history/audit.ts';
import {
  inPeriod,
  Ledger,
  LedgerDraft,
  resetsAt,
  type BudgetOwner,
  type BudgetPeriod,
  type BudgetScope,
  type BudgetState,
  type LedgerUse,
} from '../history/ledger.ts';
import { readBudgets } from '../history/ledger-statements.ts';
import { settleLeftBehind } from '../history/left-reservations.ts';
import type { SessionId } from '../ids.ts';
import { parseInput } from '../input.ts';
import { budgetLimits, budgetPeriod, setLimitsIn, type CountedBefore } from './budget-limits.ts';
import { subjectOf } from './reservation.ts';

/** What there is of one limit. Amounts are tokens, or micro-US-dollars. */
export interface BudgetAmount {
  limit: number;
  /** What was used, `assumed` among it. */
  spent: number;
  /** What may have been used: nobody told what these calls used, and they count with their worst case. */
  assumed: number;
  /** What calls that are under way may use at most. */
  reserved: number;
  /** What is left for calls that are yet to be made. */
  remaining: number;
}

/** How much a subject may use in a period: tokens, money, or both. */
export interface Budget {
  scope: BudgetScope;
  /** Of the project, the key, the session or the operation. */
  id: string;
  period: BudgetPeriod;
  /** When it begins anew; null where it never does. */
  resetsAt: Date | null;
  tokens: BudgetAmount | null;
  costMicroUsd: BudgetAmount | null;
}

const budgetInput = z.object({
  scope: z.enum(['PROJECT', 'KEY']),
  id: z.string().nullish(),
  period: budgetPeriod,
  ...budgetLimits,
});

export type SetBudgetInput = z.input<typeof budgetInput>;

/** The budgets of projects and keys, and what is left of all. Those of sessions and operations are set along with these. */
export interface Budgets {
  /** Settles what a former process reserved; before anything is worked on. @returns how many calls it left */
  open(): Promise<number>;
  /**
   * Sets the limits of a project or a key for one period. A limit that is left out stays as it is; null takes it away.
   *
   * @returns the budget as it is now; undefined where it has no limit any more
   * @throws InputInvalidError
   */
  set(projectId: string, input: SetBudgetInput, caller?: Caller): Promise<Budget | undefined>;
  /** Those of the project, and then those of its keys. */
  ofProject(projectId: string): Promise<Budget[]>;
  /** @param operation 0 for those of the session itself */
  ofSession(sessionId: SessionId, operation: number): Promise<Budget[]>;
}

export function openBudgets(database: Database, ledgerUse: LedgerUse, clock: Clock): Budgets {
  const read = async (table: string, where: Prisma.Sql, ownerOf: (row: OwnerRow) => BudgetOwner): Promise<Budget[]> => {
    const rows = await database.query<OwnerRow & Omit<BudgetState, 'owner'>>(
      Prisma.sql`SELECT * FROM ${Prisma.raw(`"${table}"`)} WHERE ${where}`,
    );
    return shown(
      rows.map((row) => ({ ...row, owner: ownerOf(row) })),
      clock.now(),
    );
  };

  return {
    async open() {
      const { left, isUsed } = await database.commit((statements) => settleLeftBehind(statements, clock.now()));
      ledgerUse.isUsed = isUsed;
      return left;
    },

    async set(projectId, given, caller = ofLion) {
      const { scope, id, period, ...limits } = parseInput(budgetInput, given);
      if (limits.tokens === undefined && limits.costMicroUsd === undefined)
        throw new InputInvalidError([{ path: 'input', message: 'give tokens, costMicroUsd, or both' }]);
      if (scope === 'PROJECT' && (id ?? projectId) !== projectId) throw idInvalid('must be that of your project, or be left out');
      const budgets = await database.commit((statements) => {
        const owner = { projectId, keyId: scope === 'KEY' ? ownKey(statements, projectId, id) : '' };
        const now = clock.now();
        const ledger = new Ledger(statements, { isUsed: true }, now);
        const draft = new LedgerDraft(ledger);
        setLimitsIn(draft, owner, period, limits, (periodStart) => countedBefore(statements, owner, periodStart));
        draft.commit();
        ledger.save();
        const entry = { projectId, action: 'setBudget', subject: id ?? projectId, details: { period, ...limits } };
        writeAudit(statements, [{ ...caller, ...entry }], now);
        const left = readBudgets(statements, owner);
        // Before anybody sees that it is set: whoever asks a model from then on reserves.
        if (left.length > 0) ledgerUse.isUsed = true;
        return shown(left, now);
      });
      return budgets.find((budget) => budget.period === period);
    },

    ofProject: (projectId) =>
      read('Budget', Prisma.sql`"projectId" = ${projectId} ORDER BY "keyId"`, ({ keyId }) => ({ projectId, keyId })),
    ofSession: (sessionId, operation) =>
      read('SessionBudget', Prisma.sql`"sessionId" = ${sessionId} AND "operation" = ${operation}`, () => ({
        sessionId,
        operation,
      })),
  };
}

interface OwnerRow {
  keyId: string;
}

const idInvalid = (message: string): InputInvalidError => new InputInvalidError([{ path: 'input.id', message }]);

/** @throws InputInvalidError */
function ownKey({ query }: Statements, projectId: string, id: string | null | undefined): string {
  if (id === null || id === undefined) throw idInvalid('must be that of a key');
  const found = query(Prisma.sql`SELECT 1 FROM "Key" WHERE "id" = ${id} AND "projectId" = ${projectId}`);
  if (found.length === 0) throw idInvalid('must be that of a key of your project');
  return id;
}

/** What a project or a key has used since a period began, and what is reserved for it now. */
function countedBefore(
  { query }: Statements,
  { projectId, keyId }: { projectId: string; keyId: string },
  periodStart: string,
): CountedBefore {
  const isOfKey = keyId === '' ? Prisma.empty : Prisma.sql`AND "keyId" = ${keyId}`;
  const [used] = query<{ tokens: number; cost: number }>(Prisma.sql`
    SELECT COALESCE(SUM("inputTokens" + "outputTokens"), 0) AS "tokens", COALESCE(SUM("cost"), 0) AS "cost"
    FROM "UsageOfDay" WHERE "projectId" = ${projectId} AND "day" >= ${periodStart} ${isOfKey}`);
  const [reserved] = query<{ tokens: number; cost: number }>(Prisma.sql`
    SELECT COALESCE(SUM("tokens"), 0) AS "tokens", COALESCE(SUM("cost"), 0) AS "cost"
    FROM "Reservation" WHERE "projectId" = ${projectId} ${isOfKey}`);
  return { used: used!, reserved: reserved! };
}

/** As they are in their present period, those of one subject and period together. */
function shown(states: readonly BudgetState[], now: Date): Budget[] {
  const budgets = new Map<string, Budget>();
  for (const state of states.map((each) => inPeriod(each, now))) {
    const { period, unit, limit, spent, assumed, reserved } = state;
    const subject = subjectOf(state);
    const key = `${subject.id} ${period}`;
    const budget = budgets.get(key) ?? { ...subject, period, resetsAt: resetsAt(state), tokens: null, costMicroUsd: null };
    const remaining = Math.max(0, limit - spent - reserved);
    budget[unit === 'TOKENS' ? 'tokens' : 'costMicroUsd'] = { limit, spent, assumed, reserved, remaining };
    budgets.set(key, budget);
  }
  return [...budgets.values()];
}
