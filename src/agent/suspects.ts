import { Prisma, type Database } from '../database/client.ts';
import type { OperationRef } from '../ids.ts';
import type { Verdict } from '../operations/progress.ts';

/** What is known of an operation that was running when its process went down. */
export interface Survivor extends OperationRef {
  parent: number | null;
  /** How many crashes in a row it was there for before, without having recorded anything in between. */
  suspicion: number;
}

/**
 * From here on an operation is suspected of taking its process down. It has to be fewer than `maxCrashes`: as many crashes can be
 * laid to a suspect while the true cause runs beside it and is not suspected yet.
 */
const suspectedFrom = 2;

/**
 * Tells, as far as that can be told, which operation took its process down. Nobody knows at first: all that ran are bystanders of the
 * crash, and go on at once. What was there for two crashes in a row, and recorded nothing in between, is suspected, and from then on the
 * agent runs one suspect after the other. So the crash of one that was the only suspect running, or the only operation at all, is its
 * own. Whatever records something new is cleared, and all are once the one is found that brought the process down too often.
 *
 * A parent is no more suspected than any of its children that ran with it: theirs is the work that was done.
 *
 * @param left all that was running
 * @returns each with its verdict
 */
export function judgeCrash<Operation extends Survivor>(left: readonly Operation[]): [Operation, Verdict][] {
  const childrenOf = new Map<string, Survivor[]>();
  for (const operation of left) {
    const parent = `${operation.sessionId}/${operation.parent}`;
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), operation]);
  }
  const childrenIn = ({ sessionId, number }: OperationRef): Survivor[] => childrenOf.get(`${sessionId}/${number}`) ?? [];
  const suspicionOf = (operation: Survivor): number =>
    Math.min(operation.suspicion, ...childrenIn(operation).map((child) => suspicionOf(child)));
  const suspects: Survivor[] = left.filter((operation) => suspicionOf(operation) >= suspectedFrom);
  const possible = new Set<Survivor>(suspects.length > 0 ? suspects : left);
  const isWaiting = (operation: Survivor): boolean => childrenIn(operation).some((child) => possible.has(child));
  const causes = [...possible].filter((operation) => !isWaiting(operation));
  return left.map((operation) => [
    operation,
    { suspicion: suspicionOf(operation) + 1, isOwn: causes.length === 1 && causes[0] === operation },
  ]);
}

/** Which suspect may run: one after the other, so that another crash tells whose it is. */
export interface Suspects {
  /** Whether there may be any: until a look finds none, when none of them works. */
  readonly mayBe: boolean;
  /** Which of what is queued may run without regard to the suspects: a condition on `Operation`. */
  readonly others: Prisma.Sql;
  /** The next suspect, when it is its turn: the least suspicious first, and of a family the youngest. */
  next(): Promise<OperationRef[]>;
  close(): void;
}

/** How long the first turn of a suspect is at most. Each further crash doubles it: so it is longer, one day, than the harm takes. */
const firstTurnMs = 2000;

/**
 * @param isAtWork whether an operation is executed, and does not just wait for its children
 * @param onTurn called when the next one may have its turn, as the last one's is over
 */
export function openSuspects(database: Database, isAtWork: (operation: OperationRef) => boolean, onTurn: () => void): Suspects {
  let current: OperationRef | undefined;
  let turn: NodeJS.Timeout | undefined;
  let mayBe = true;

  function endTurn(): void {
    clearTimeout(turn);
    current = undefined;
  }

  /** Whether it is a suspect still: who has recorded something new is none. */
  async function isSuspected({ sessionId, number }: OperationRef): Promise<boolean> {
    const [found] = await database.query<{ suspicion: number }>(
      Prisma.sql`SELECT "suspicion" FROM "Operation" WHERE "sessionId" = ${sessionId} AND "number" = ${number}`,
    );
    return found !== undefined && found.suspicion >= suspectedFrom;
  }

  return {
    get mayBe() {
      return mayBe;
    },
    get others() {
      return mayBe ? Prisma.sql`AND "suspicion" < ${suspectedFrom}` : Prisma.empty;
    },
    async next() {
      if (!mayBe || (current && isAtWork(current) && (await isSuspected(current)))) return [];
      endTurn();
      const [next] = await database.query<OperationRef & { suspicion: number }>(Prisma.sql`
        SELECT "sessionId", "number", "suspicion" FROM "Operation"
        WHERE "status" = 'QUEUED' AND "readyAt" IS NOT NULL AND "suspicion" >= ${suspectedFrom}
        ORDER BY "crashes", "suspicion", "number" DESC LIMIT 1`);
      mayBe = next !== undefined;
      if (!next) return [];
      current = next;
      const turnMs = firstTurnMs * 2 ** (next.suspicion - suspectedFrom);
      turn = setTimeout(
        () => {
          endTurn();
          onTurn();
        },
        Math.min(turnMs, 2 ** 31 - 1),
      ).unref();
      return [next];
    },
    close: endTurn,
  };
}
