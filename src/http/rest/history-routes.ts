import { z } from 'zod';
import { InputInvalidError } from '../../errors.ts';
import type { EventType } from '../../history/event.ts';
import { eventPageSizes, listEvents } from '../../history/event-page.ts';
import { narrowed, readOperationTree } from '../../history/operation-tree.ts';
import type { History } from '../../history/past.ts';
import { segmentOfShown } from '../../operations/shown-operation.ts';
import { parseSessionId } from '../../sessions/session.ts';
import { findOperationOf } from './operation-routes.ts';
import { presentEvent } from './present-event.ts';
import { cursor, types, wholeNumber } from './query.ts';
import type { Answer, Call, Route } from './route.ts';
import { eventPage } from './event-schemas.ts';
import { findSession, linkTo } from './session-routes.ts';

const historyQuery = z.object({
  after: cursor.optional().describe('Only events after this `seq`.'),
  before: cursor.optional().describe('Only events before this `seq`.'),
  limit: wholeNumber(1, eventPageSizes.max).default(eventPageSizes.default).describe('How many at most.'),
  types,
  order: z
    .enum(['asc', 'desc'], 'must be asc or desc')
    .default('asc')
    .describe('`asc`: the oldest first; `desc`: the newest first, and further pages with `before`.'),
});
type HistoryQuery = z.infer<typeof historyQuery>;

const answers: Route['answers'] = {
  200: { description: 'A page of the history.', schema: eventPage, headers: { Link: 'Where the next page is.' } },
};

export const historyRoutes: Route[] = [
  {
    method: 'GET',
    path: '/sessions/{session_id}/history',
    action: 'session',
    operationId: 'getHistory',
    summary: 'Read the history of a session',
    description: 'Also of one that has expired.',
    tag: 'history',
    query: historyQuery,
    answers,
    problems: [404, 429],
    async handle(call) {
      const { lion, viewer, db, params } = call;
      const { id, forkSeq } = await findSession(db, viewer, params['session_id']!);
      return page(call, await lion.pasts.historyOf({ id, forkSeq }), undefined, `/sessions/${id}/history`);
    },
  },
  {
    method: 'GET',
    path: '/operations/{operation_id}/history',
    action: 'operation',
    operationId: 'getOperationHistory',
    summary: 'Read what the history tells of an operation and its descendants',
    tag: 'history',
    query: historyQuery,
    answers,
    problems: [404, 429],
    async handle(call) {
      const operation = await findOperationOf(call);
      const segment = segmentOfShown(operation);
      const tree = await readOperationTree(call.db, { sessionId: segment.storedIn, number: operation.number });
      const history = { sessionId: parseSessionId(operation.sessionId), segments: [narrowed(segment, tree)] };
      return page(call, history, tree.numbers, `/operations/${call.params['operation_id']}/history`);
    },
  },
];

async function page({ db, query, kinds }: Call, history: History, numbers: number[] | undefined, path: string): Promise<Answer> {
  const { after, before, limit, types: given, order } = query as HistoryQuery;
  if (after !== undefined && before !== undefined && after >= before)
    throw new InputInvalidError([{ path: 'before', message: 'must be greater than after' }]);
  const wanted = given as EventType[] | undefined;
  const isForward = order === 'asc';
  const args = { after, before, types: wanted, ...(isForward ? { first: limit } : { last: limit }) };
  const { edges, pageInfo } = await listEvents(history, numbers, args, { db });
  // Read last: no event of the page is beyond it.
  const head = await db.sessionHead.findUnique({ where: { sessionId: history.sessionId }, select: { lastSeq: true } });
  const hasMore = isForward ? pageInfo.hasNextPage : pageInfo.hasPreviousPage;
  const next = hasMore ? (isForward ? pageInfo.endCursor : pageInfo.startCursor) : null;
  const events = edges.map(({ node }) => presentEvent(node, kinds));
  return {
    status: 200,
    body: {
      session_id: history.sessionId,
      events: isForward ? events : events.toReversed(),
      last_seq: head?.lastSeq ?? pageInfo.endCursor ?? 0,
      next,
    },
    headers: next === null ? {} : linkTo(path, { ...(query as HistoryQuery), [isForward ? 'after' : 'before']: next }),
  };
}
