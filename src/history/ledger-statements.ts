import type { Statements } from '../database/statements.ts';
import type { SessionId } from '../ids.ts';
import type { BudgetOwner, BudgetState, ReservationState, UsedAmounts } from './ledger.ts';

const amounts = ['limit', 'periodStart', 'spent', 'assumed', 'reserved'] as const;
const columns = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

const upsertInto = (table: string, keys: readonly string[], others: readonly string[]): string =>
  `INSERT INTO "${table}" (${columns([...keys, ...others])}) VALUES (${[...keys, ...others].map(() => '?').join(', ')})
   ON CONFLICT (${columns(keys)}) DO UPDATE SET ${others.map((name) => `"${name}" = excluded."${name}"`).join(', ')}`;

const tables = {
  project: { table: 'Budget', owner: ['projectId', 'keyId'] },
  session: { table: 'SessionBudget', owner: ['sessionId', 'operation'] },
} as const;

const statementsOf = ({ table, owner }: { table: string; owner: readonly [string, string] }) => ({
  select: `SELECT ${columns(['period', 'unit', ...amounts])} FROM "${table}" WHERE "${owner[0]}" = ? AND "${owner[1]}" = ?`,
  upsert: upsertInto(table, [...owner, 'period', 'unit'], amounts),
  remove: `DELETE FROM "${table}" WHERE "${owner[0]}" = ? AND "${owner[1]}" = ? AND "period" = ? AND "unit" = ?`,
});

const ofProject = statementsOf(tables.project);
const ofSession = statementsOf(tables.session);

const sqlFor = (owner: BudgetOwner) => ('projectId' in owner ? ofProject : ofSession);
const valuesOf = (owner: BudgetOwner): [string, string | number] =>
  'projectId' in owner ? [owner.projectId, owner.keyId] : [owner.sessionId, owner.operation];

/** The budgets of an owner, as they are stored: their period may be over. */
export function readBudgets({ queryEach }: Pick<Statements, 'queryEach'>, owner: BudgetOwner): BudgetState[] {
  const rows = queryEach<Omit<BudgetState, 'owner'>>(sqlFor(owner).select, [valuesOf(owner)]);
  return rows.map((row) => ({ ...row, owner }));
}

export function writeBudget({ executeEach }: Statements, { owner, period, unit, ...state }: BudgetState): void {
  executeEach(sqlFor(owner).upsert, [[...valuesOf(owner), period, unit, ...amounts.map((name) => state[name])]]);
}

export function removeBudget({ executeEach }: Statements, { owner, period, unit }: BudgetState): void {
  executeEach(sqlFor(owner).remove, [[...valuesOf(owner), period, unit]]);
}

type Caller = Pick<ReservationState, 'sessionId' | 'operation'>;

const reservationKeys = ['sessionId', 'operation', 'step'] as const;
const reservationFacts = ['try', 'attempt', 'projectId', 'keyId', 'budgetOf', 'tokens', 'cost'] as const;
export const reservationColumns = columns([...reservationKeys, ...reservationFacts]);
const selectReservations = `SELECT ${reservationColumns} FROM "Reservation" WHERE "sessionId" = ? AND "operation" = ?`;
const upsertReservation = upsertInto('Reservation', reservationKeys, reservationFacts);
const deleteReservation = `DELETE FROM "Reservation" WHERE "sessionId" = ? AND "operation" = ? AND "step" = ?`;

export const readReservations = ({ queryEach }: Statements, { sessionId, operation }: Caller): ReservationState[] =>
  queryEach<ReservationState>(selectReservations, [[sessionId, operation]]);

export function writeReservation({ executeEach }: Statements, reservation: ReservationState): void {
  executeEach(upsertReservation, [[...reservationKeys, ...reservationFacts].map((name) => reservation[name])]);
}

export function removeReservation({ executeEach }: Statements, { sessionId, operation }: Caller, step: string): void {
  executeEach(deleteReservation, [[sessionId, operation, step]]);
}

export const readReservationsIn = ({ queryEach }: Statements, sessionId: SessionId): ReservationState[] =>
  queryEach<ReservationState>(`SELECT ${reservationColumns} FROM "Reservation" WHERE "sessionId" = ?`, [[sessionId]]);

/** What the calls of a session used that were booked since a period began, as its history tells. */
export function readUsedIn({ queryEach }: Statements, sessionId: SessionId, periodStart: string): UsedAmounts {
  const [used] = queryEach<{ tokens: number; cost: number }>(
    `SELECT
      COALESCE(SUM(json_extract("payload", '$.usage.inputTokens') + json_extract("payload", '$.usage.outputTokens')), 0) AS "tokens",
      COALESCE(SUM(json_extract("payload", '$.usage.cost')), 0) AS "cost"
    FROM "Event" WHERE "sessionId" = ? AND "type" IN ('StepSucceeded', 'StepRetrying', 'StepFailed') AND "at" >= ?`,
    [[sessionId, periodStart]],
  );
  return used!;
}
