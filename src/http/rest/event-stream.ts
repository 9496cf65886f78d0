import { z } from 'zod';
import { once } from 'node:events';
import { lastSeqOf, type EventType, type StoredEvent } from '../../history/event.ts';
import type { Following } from '../../history/feed.ts';
import { parseOperationId, type SessionId } from '../../ids.ts';
import { InputInvalidError } from '../../errors.ts';
import { isTerminal, type OperationStatus } from '../../operations/state-machine.ts';
import { event } from './event-schemas.ts';
import { findOperationOf } from './operation-routes.ts';
import { presentEvent } from './present-event.ts';
import { cursor, types } from './query.ts';
import type { Answer, Call, Route } from './route.ts';
import { findSession } from './session-routes.ts';

const streamQuery = z.object({
  after: cursor.optional().describe('The `seq` of the last event that the client has seen; 0 (or nothing) for all.'),
  types,
  lastEventId: cursor.optional().describe('As the header `Last-Event-ID`, for clients that cannot set it.'),
});

/** What a stream of events says of itself: nobody on the way is to keep it, compress it or hold it back. */
const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** How soon a browser is to come back after the stream was cut. */
const retryMs = 1000;

/** What clients ignore, and what keeps a connection from looking dead. */
const signOfLife = ':\n\n';

const headers = {
  'Last-Event-ID':
    'The `id` of the last event that the client has seen; it goes before `after`. An EventSource sends it by itself.',
};

const answers: Route['answers'] = {
  200: {
    description:
      'Server-sent events: `id` is the `seq` to go on from, `data` the event as JSON. They have no name, so that `onmessage` gets them all. A comment comes every few seconds.',
    mediaType: 'text/event-stream',
    schema: event,
  },
};

export const streamRoutes: Route[] = [
  {
    method: 'GET',
    path: '/sessions/{session_id}/events',
    action: 'sessionEvents',
    operationId: 'followSession',
    summary: 'Follow the history of a session',
    description: 'From a cursor on: what is stored first, then what happens. Ends when the session is deleted.',
    tag: 'history',
    query: streamQuery,
    headers,
    answers,
    problems: [404, 429],
    async handle(call) {
      const { lion, viewer, db, params } = call;
      const { id } = await findSession(db, viewer, params['session_id']!);
      const { after, wanted } = placeOf(call);
      return stream(call, await lion.feed.followSession(id as SessionId, { after, types: wanted }));
    },
  },
  {
    method: 'GET',
    path: '/operations/{operation_id}/events',
    action: 'operationEvents',
    operationId: 'followOperation',
    summary: 'Follow an operation and its descendants',
    description: 'From a cursor on. Ends after the event of its end, also when `types` hides that one.',
    tag: 'history',
    query: streamQuery,
    headers,
    answers: { ...answers, 204: { description: 'It has ended, and nothing of it comes after the cursor: do not come back.' } },
    problems: [404, 429],
    async handle(call) {
      const operation = await findOperationOf(call);
      const { after, wanted } = placeOf(call);
      const { endedSeq, status } = operation;
      const following = await call.lion.feed.followOperation(parseOperationId(call.params['operation_id']!)!, {
        after,
        types: wanted,
      });
      if (isTerminal(status as OperationStatus) && endedSeq !== null && endedSeq <= after) {
        await following.return!();
        return { status: 204 };
      }
      return stream(call, following);
    },
  },
];

/** Where a client wants to go on. */
function placeOf({ query, request }: Call): { after: number; wanted: EventType[] | undefined } {
  const { after = 0, types: wanted, lastEventId } = query as z.infer<typeof streamQuery>;
  const given = request.headers['last-event-id'];
  if (given === undefined || given === '') return { after: lastEventId ?? after, wanted: wanted as EventType[] | undefined };
  const parsed = cursor.safeParse(given);
  if (!parsed.success) throw new InputInvalidError([{ path: 'Last-Event-ID', message: parsed.error.issues[0]!.message }]);
  return { after: parsed.data, wanted: wanted as EventType[] | undefined };
}

/** Made once for all followers of a session, who share the event. */
const frames = new WeakMap<StoredEvent, string>();

function frameOf(of: StoredEvent, { kinds }: Call): string {
  let frame = frames.get(of);
  if (frame === undefined) {
    frame = `id: ${lastSeqOf(of)}\ndata: ${JSON.stringify(presentEvent(of, kinds))}\n\n`;
    frames.set(of, frame);
  }
  return frame;
}

/** Sends events at the client's pace: the next one is taken once the last one is on its way. */
async function stream(call: Call, following: Following): Promise<Answer | undefined> {
  const { response, signal, heartbeatMs, lion, viewer } = call;
  const release = await lion.limits.subscription(viewer).catch(async (error: unknown) => {
    await following.return!();
    throw error;
  });
  const end = (): void => void following.return!();
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  for (const [name, value] of Object.entries(streamHeaders)) response.setHeader(name, value);
  response.writeHead(200);
  response.write(`retry: ${retryMs}\n\n`);
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(signOfLife);
  }, heartbeatMs);
  try {
    for await (const each of following) {
      if (!response.write(frameOf(each, call))) await once(response, 'drain', { signal });
    }
    response.end();
  } catch (error) {
    // Cut, and not completed: the client comes back with its cursor, and is told then what is wrong.
    if (!signal.aborted) lion.logger.warn({ err: error }, 'a stream of events was cut');
    response.destroy();
  } finally {
    clearInterval(heartbeat);
    end();
    release();
  }
  return undefined;
}
