import { UnauthenticatedError, type Viewer } from '../access/key.ts';
import type { OperationRow, PrismaClient } from '../database/client.ts';
import { ownSegment, segmentOf, type Pasts, type Segment } from '../history/past.ts';
import { operationsIn, sessionsIn } from '../sessions/scope.ts';
import { parseSessionId } from '../sessions/session.ts';

/** Who looks at operations, and where. Made anew for each answer. */
export interface Look {
  db: PrismaClient;
  lion: { pasts: Pasts };
  /** Nobody sees nothing. */
  viewer: Viewer | undefined;
}

function scopeOf({ viewer }: Look): Viewer {
  if (!viewer) throw new UnauthenticatedError('MISSING');
  return viewer;
}

/**
 * An operation as a session shows it. One in the past of a fork has the fork's id, and is as it was when the past ended, whatever
 * became of it since: `segment` says where it is stored, and with it what belongs to it. Relations of such a one are never loaded
 * along with it.
 */
export type ShownOperation = OperationRow & { segment?: Segment };

type Where = { sessionId: string; number: number };

/** An operation that is stored in a segment, as the session `sessionId` shows it. */
export function asOfPast(row: OperationRow, segment: Segment, sessionId: string): ShownOperation {
  const shown = { ...row, sessionId, segment };
  const state = segment.cutOff.get(row.number);
  if (!state) return shown;
  const { inputTokens, outputTokens, cachedTokens, reasoningTokens, cost } = state;
  return {
    ...shown,
    status: state.status,
    attempt: state.attempt,
    startedAt: state.startedAt === null ? null : new Date(state.startedAt),
    // It waits for no turn, as it does not go on.
    readyAt: row.createdAt,
    finishedAt: null,
    output: null,
    partialOutput: null,
    error: null,
    inputTokens: BigInt(inputTokens),
    outputTokens: BigInt(outputTokens),
    cachedTokens: BigInt(cachedTokens),
    reasoningTokens: BigInt(reasoningTokens),
    cost: cost === null ? null : BigInt(cost),
  };
}

/** Where an operation is stored, and what belongs to it. */
export const segmentOfShown = ({ sessionId, segment }: { sessionId: string; segment?: Segment }): Segment =>
  segment ?? ownSegment(parseSessionId(sessionId));

/** The operation of the viewer's project that a session shows by a number: one of its own, or of its past as a fork. */
export async function findOperation(query: object, where: Where, look: Look): Promise<ShownOperation | null> {
  const { db } = look;
  const scope = scopeOf(look);
  // What this answer has found out of the session, and no other: how long it takes tells nothing of what others asked for.
  const ofPast = forks.get(look)?.has(where.sessionId) ? await findInPast(where, look) : null;
  if (ofPast) return ofPast;
  // Not findUnique: Prisma makes one query of all that are asked for at once, with more parameters than SQLite takes.
  const own = await db.operation.findFirst({ ...query, where: { ...where, ...operationsIn(scope) } });
  return own ?? findInPast(where, look);
}

async function findInPast({ sessionId, number }: Where, look: Look): Promise<ShownOperation | null> {
  const session = await forkOf(sessionId, look);
  const segment = session && segmentOf(await look.lion.pasts.of(session), number);
  return segment ? readFrom(segment, number, sessionId, look) : null;
}

/** The session, if it is one of the viewer's project. Asked for once for all that one answer looks up in it. */
function forkOf(id: string, look: Look): Promise<{ id: string; forkSeq: number } | null> {
  let ofAnswer = forks.get(look);
  if (!ofAnswer) forks.set(look, (ofAnswer = new Map()));
  let session = ofAnswer.get(id);
  if (!session) {
    session = look.db.session.findFirst({ where: { id, ...sessionsIn(scopeOf(look)) }, select: { id: true, forkSeq: true } });
    ofAnswer.set(id, session);
  }
  return session;
}

const forks = new WeakMap<Look, Map<string, Promise<{ id: string; forkSeq: number } | null>>>();

async function readFrom(segment: Segment, number: number, sessionId: string, { db }: Look): Promise<ShownOperation | null> {
  const row = await db.operation.findFirst({ where: { sessionId: segment.storedIn, number } });
  return row && asOfPast(row, segment, sessionId);
}

/** An operation that another one names: both lie in the same segment. */
export async function findBeside(query: object, of: ShownOperation, number: number | null, look: Look) {
  if (number === null) return null;
  const { sessionId, segment } = of;
  return segment
    ? readFrom(segment, number, sessionId, look)
    : look.db.operation.findFirst({ ...query, where: { sessionId, number } });
}

/** The operations that one has started, in order. */
export async function findChildren(query: object, { sessionId, number: parent, segment }: ShownOperation, { db }: Look) {
  if (!segment) return db.operation.findMany({ ...query, where: { sessionId, parent }, orderBy: { number: 'asc' } });
  const rows = await db.operation.findMany({
    where: { sessionId: segment.storedIn, parent, number: { lte: segment.throughOperation } },
    orderBy: { number: 'asc' },
  });
  return rows.map((row) => asOfPast(row, segment, sessionId));
}
