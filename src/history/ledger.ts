import type { Statements } from '../database/statements.ts';
import type { SessionId } from '../ids.ts';
import {
  readBudgets,
  readReservations,
  readReservationsIn,
  readUsedIn,
  removeBudget,
  removeReservation,
  writeBudget,
  writeReservation,
} from './ledger-statements.ts';

export type BudgetScope = 'PROJECT' | 'KEY' | 'SESSION' | 'OPERATION';
export type BudgetPeriod = 'DAY' | 'MONTH' | 'TOTAL';
export type BudgetUnit = 'TOKENS' | 'MICRO_USD';

/** Whose budgets: those of a project (`keyId` is empty) or of a key, of a session (`operation` is 0) or of an operation. */
export type BudgetOwner = { projectId: string; keyId: string } | { sessionId: SessionId; operation: number };

/** A budget, and what of it is gone. Amounts are whole numbers of its unit. */
export interface BudgetState {
  readonly owner: BudgetOwner;
  readonly period: BudgetPeriod;
  readonly unit: BudgetUnit;
  limit: number;
  /** The period that `spent` is of. */
  periodStart: string;
  spent: number;
  /** The part of `spent` that nobody told. */
  assumed: number;
  /** What calls that are under way may use at most. */
  reserved: number;
}

/** What a model call that is under way may use at most. */
export interface ReservationState {
  sessionId: SessionId;
  operation: number;
  step: string;
  try: number;
  attempt: number;
  projectId: string;
  keyId: string | null;
  budgetOf: number | null;
  tokens: number;
  /** Micro-US-dollars; null where the price is not known. */
  cost: number | null;
}

/** Who makes a call: whose budgets it counts in. */
export type Spender = Pick<ReservationState, 'sessionId' | 'projectId' | 'keyId' | 'budgetOf'>;

/** What a call used. */
export interface UsedAmounts {
  tokens: number;
  /** Null where it is not known. */
  cost: number | null;
}

/** Whether there is any budget at all: while there is none, nobody looks for one. */
export interface LedgerUse {
  isUsed: boolean;
}

/** UTC. A later period of the same kind compares as greater. */
export function periodStartAt(period: BudgetPeriod, at: Date): string {
  const length = { DAY: 10, MONTH: 7, TOTAL: 0 };
  return at.toISOString().slice(0, length[period]);
}

/** When a budget begins anew; null where it never does. */
export function resetsAt({ period, periodStart }: Pick<BudgetState, 'period' | 'periodStart'>): Date | null {
  if (period === 'TOTAL') return null;
  const start = new Date(`${periodStart}${period === 'MONTH' ? '-01' : ''}T00:00:00Z`);
  if (period === 'DAY') start.setUTCDate(start.getUTCDate() + 1);
  else start.setUTCMonth(start.getUTCMonth() + 1);
  return start;
}

/**
 * Brings a budget to the period of `now`. What is reserved stays so: it is used in the new period, or not at all. Where the clock
 * was set back, it stays in the later period: no clock gives a second budget.
 */
export function inPeriod<Budget extends BudgetState>(budget: Budget, now: Date): Budget {
  const periodStart = periodStartAt(budget.period, now);
  return periodStart > budget.periodStart ? { ...budget, periodStart, spent: 0, assumed: 0 } : budget;
}

/** What of an amount counts in a budget. */
export const amountIn = (unit: BudgetUnit, { tokens, cost }: UsedAmounts): number => (unit === 'TOKENS' ? tokens : (cost ?? 0));

const ownerKey = (owner: BudgetOwner): string =>
  'projectId' in owner ? `${owner.projectId}/${owner.keyId}` : `${owner.sessionId}/${owner.operation}`;

const budgetKey = ({ owner, period, unit }: BudgetState): string => `${ownerKey(owner)}/${period}/${unit}`;

const amounts = ['limit', 'periodStart', 'spent', 'assumed', 'reserved'] as const;

const callerKey = ({ sessionId, operation }: Pick<ReservationState, 'sessionId' | 'operation'>): string =>
  `${sessionId}/${operation}`;

/** The budgets that calls of a spender count in, the widest first. */
export function ownersOf({ projectId, keyId, sessionId, budgetOf }: Spender): BudgetOwner[] {
  return [
    { projectId, keyId: '' },
    ...(keyId === null ? [] : [{ projectId, keyId }]),
    { sessionId, operation: 0 },
    ...(budgetOf === null ? [] : [{ sessionId, operation: budgetOf }]),
  ];
}

/** The budgets and reservations that a batch of appends works on: read when they are first asked for, saved with the rest. */
export class Ledger {
  readonly now: Date;
  readonly #statements: Statements;
  readonly #use: LedgerUse;
  readonly #budgets = new Map<string, readonly BudgetState[]>();
  readonly #reservations = new Map<string, ReadonlyMap<string, ReservationState>>();
  readonly #changes = new Map<string, (statements: Statements) => void>();

  constructor(statements: Statements, use: LedgerUse, now: Date) {
    this.#statements = statements;
    this.#use = use;
    this.now = now;
  }

  get isUsed(): boolean {
    return this.#use.isUsed;
  }

  /** There is a budget from now on. */
  use(): void {
    this.#use.isUsed = true;
  }

  /** In their present period. */
  budgets(owner: BudgetOwner): readonly BudgetState[] {
    if (!this.isUsed) return [];
    const key = ownerKey(owner);
    let found = this.#budgets.get(key);
    if (!found) {
      found = readBudgets(this.#statements, owner).map((budget) => inPeriod(budget, this.now));
      this.#budgets.set(key, found);
    }
    return found;
  }

  /** By step. */
  reservations(caller: Pick<ReservationState, 'sessionId' | 'operation'>): ReadonlyMap<string, ReservationState> {
    if (!this.isUsed) return new Map();
    const key = callerKey(caller);
    let found = this.#reservations.get(key);
    if (!found) {
      found = new Map(readReservations(this.#statements, caller).map((reservation) => [reservation.step, reservation]));
      this.#reservations.set(key, found);
    }
    return found;
  }

  putBudgets(owner: BudgetOwner, budgets: readonly BudgetState[]): void {
    const before = this.budgets(owner);
    this.#budgets.set(ownerKey(owner), budgets);
    for (const budget of budgets) {
      const known = before.find(({ period, unit }) => period === budget.period && unit === budget.unit);
      if (!known || amounts.some((name) => known[name] !== budget[name]))
        this.#save(budgetKey(budget), (statements) => writeBudget(statements, budget));
    }
  }

  dropBudget(budget: BudgetState): void {
    this.#save(budgetKey(budget), (statements) => removeBudget(statements, budget));
  }

  putReservations(
    caller: Pick<ReservationState, 'sessionId' | 'operation'>,
    after: ReadonlyMap<string, ReservationState>,
    before: ReadonlyMap<string, ReservationState>,
  ): void {
    const key = callerKey(caller);
    this.#reservations.set(key, after);
    for (const step of before.keys())
      if (!after.has(step)) this.#save(`${key}/${step}`, (statements) => removeReservation(statements, caller, step));
    for (const [step, made] of after)
      if (before.get(step) !== made) this.#save(`${key}/${step}`, (statements) => writeReservation(statements, made));
  }

  /** What is reserved in a session now, whatever of it is written yet. */
  reservedIn(sessionId: SessionId): UsedAmounts {
    const stored = readReservationsIn(this.#statements, sessionId);
    const byCaller = new Map<string, ReservationState[]>();
    for (const reservation of stored) {
      const key = callerKey(reservation);
      byCaller.set(key, [...(byCaller.get(key) ?? []), reservation]);
    }
    for (const [key, byStep] of this.#reservations) if (key.startsWith(`${sessionId}/`)) byCaller.set(key, [...byStep.values()]);
    return [...byCaller.values()]
      .flat()
      .reduce((sum, { tokens, cost }) => ({ tokens: sum.tokens + tokens, cost: sum.cost! + (cost ?? 0) }), {
        tokens: 0,
        cost: 0,
      } as UsedAmounts);
  }

  /** What a session has used since a period began, by its history. */
  usedIn(sessionId: SessionId, periodStart: string): UsedAmounts {
    return readUsedIn(this.#statements, sessionId, periodStart);
  }

  /** Writes what has changed. */
  save(): void {
    for (const write of this.#changes.values()) write(this.#statements);
  }

  /** The last change of a row is the one that counts. */
  #save(key: string, write: (statements: Statements) => void): void {
    this.#changes.set(key, write);
  }
}

/** What one append does to the ledger: seen by itself alone, until it is taken into the batch. */
export class LedgerDraft {
  readonly #ledger: Ledger;
  readonly #budgets = new Map<string, { owner: BudgetOwner; budgets: BudgetState[]; dropped: BudgetState[] }>();
  readonly #reservations = new Map<
    string,
    { caller: { sessionId: SessionId; operation: number }; byStep: Map<string, ReservationState> }
  >();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  get isUsed(): boolean {
    return this.#ledger.isUsed;
  }

  get now(): Date {
    return this.#ledger.now;
  }

  /** To be changed in place. */
  budgets(owner: BudgetOwner): readonly BudgetState[] {
    return this.#ledger.isUsed ? this.#drafted(owner).budgets : [];
  }

  /** To be changed in place: all that calls of a spender count in, the widest first. */
  budgetsOf(spender: Spender): BudgetState[] {
    return this.#ledger.isUsed ? ownersOf(spender).flatMap((owner) => this.budgets(owner)) : [];
  }

  /** As in `Ledger`: what other appends reserved. */
  reservedIn(sessionId: SessionId): UsedAmounts {
    return this.#ledger.reservedIn(sessionId);
  }

  /** As in `Ledger`. */
  usedIn(sessionId: SessionId, periodStart: string): UsedAmounts {
    return this.#ledger.usedIn(sessionId, periodStart);
  }

  addBudget(budget: BudgetState): void {
    this.#ledger.use();
    this.#drafted(budget.owner).budgets.push(budget);
  }

  dropBudget(budget: BudgetState): void {
    const drafted = this.#drafted(budget.owner);
    drafted.budgets = drafted.budgets.filter((each) => each !== budget);
    drafted.dropped.push(budget);
  }

  /** By step: the reservations of an operation. */
  reservations(caller: { sessionId: SessionId; operation: number }): ReadonlyMap<string, ReservationState> {
    return this.#ledger.isUsed ? this.#reservationsOf(caller) : new Map();
  }

  /** Reserves what a call may use at most, in all budgets that it counts in. */
  reserve(reservation: ReservationState): void {
    for (const budget of this.budgetsOf(reservation)) budget.reserved += amountIn(budget.unit, reservation);
    this.#reservationsOf(reservation).set(reservation.step, reservation);
  }

  /**
   * Books what a call used, and releases what was reserved for it.
   *
   * @param isCounted whether that is all that it can have used: otherwise what was reserved is taken to be used
   */
  settle(spender: Spender & { operation: number }, step: string, used: UsedAmounts, isCounted: boolean): void {
    if (!this.#ledger.isUsed) return;
    const reservations = this.#reservationsOf(spender);
    const reservation = reservations.get(step);
    reservations.delete(step);
    for (const budget of this.budgetsOf(spender)) {
      const told = amountIn(budget.unit, used);
      const reserved = reservation ? amountIn(budget.unit, reservation) : 0;
      const isTold = isCounted && (budget.unit === 'TOKENS' || used.cost !== null);
      const booked = isTold ? told : Math.max(told, reserved);
      budget.spent += booked;
      budget.assumed += booked - told;
      budget.reserved -= reserved;
    }
  }

  commit(): void {
    for (const { owner, budgets, dropped } of this.#budgets.values()) {
      for (const budget of dropped) this.#ledger.dropBudget(budget);
      this.#ledger.putBudgets(owner, budgets);
    }
    for (const { caller, byStep } of this.#reservations.values())
      this.#ledger.putReservations(caller, byStep, this.#ledger.reservations(caller));
  }

  #drafted(owner: BudgetOwner) {
    const key = ownerKey(owner);
    let drafted = this.#budgets.get(key);
    if (!drafted) {
      drafted = { owner, budgets: this.#ledger.budgets(owner).map((budget) => ({ ...budget })), dropped: [] };
      this.#budgets.set(key, drafted);
    }
    return drafted;
  }

  #reservationsOf({ sessionId, operation }: { sessionId: SessionId; operation: number }): Map<string, ReservationState> {
    const caller = { sessionId, operation };
    const key = callerKey(caller);
    let drafted = this.#reservations.get(key);
    if (!drafted) {
      drafted = { caller, byStep: new Map(this.#ledger.reservations(caller)) };
      this.#reservations.set(key, drafted);
    }
    return drafted.byStep;
  }
}
