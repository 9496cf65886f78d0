import { setTimeout as delay } from 'node:timers/promises';
import { InputInvalidError } from '../errors.ts';
import type { Lion } from '../lion.ts';
import { systemState, type SystemState } from '../telemetry/system.ts';
import type { Builder } from './builder.ts';

/** How often a subscription may look, in ms. */
const shortestMs = 250;
const longestMs = 3_600_000;

/** How Lion itself is. */
export function addSystem(builder: Builder): void {
  const System = builder.objectRef<SystemState>('System').implement({
    description: 'How this Lion is at the moment, over all its projects.',
    fields: (t) => ({
      version: t.exposeString('version', { description: 'The version of Lion.' }),
      startedAt: t.field({ type: 'DateTime', description: 'When this process began.', resolve: (state) => state.startedAt }),
      uptimeSeconds: t.float({
        description: 'For how long this process has been there.',
        resolve: ({ startedAt }) => Math.round((Date.now() - startedAt.getTime()) / 100) / 10,
      }),
      queued: t.exposeInt('queued', { description: 'How many operations are queued.' }),
      running: t.exposeInt('running', { description: 'How many operations are running.' }),
      waiting: t.exposeInt('waiting', { description: 'How many operations wait for a person or a time.' }),
      oldestQueuedAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'Since when the first operation of the queue could have been worked on; null where none is in it.',
        resolve: (state) => state.oldestQueuedAt,
      }),
      oldestUnfinishedAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the oldest operation was started that has not ended; null where all have.',
        resolve: (state) => state.oldestUnfinishedAt,
      }),
      slots: t.exposeInt('slots', { description: 'How many operations can be worked on at a time.' }),
      subscribers: t.exposeInt('subscribers', { description: 'How many subscriptions follow a history.' }),
      largestLag: t.exposeInt('largestLag', { description: 'How many events the slowest of them is behind.' }),
      databaseBytes: t.expose('databaseBytes', { type: 'Int64', description: 'The size of the database file.' }),
      walBytes: t.expose('walBytes', { type: 'Int64', description: 'The size of its write-ahead log.' }),
      freeDiskBytes: t.expose('freeDiskBytes', { type: 'Int64', description: 'What is left of the disk that they are on.' }),
      faults: t.exposeStringList('faults', { description: 'What is wrong, in sentences; empty where nothing is.' }),
    }),
  });
  builder.queryFields((t) => ({
    system: t.field({
      type: System,
      description: 'How this Lion is at the moment. For admins.',
      resolve: (_root, _args, { lion }) => systemState(lion),
    }),
  }));
  builder.subscriptionFields((t) => ({
    system: t.field({
      type: System,
      description: 'How this Lion is, now and again and again. For admins.',
      args: {
        everyMs: t.arg.int({
          required: true,
          defaultValue: 1000,
          description: `How long after one look the next one is: ${shortestMs} to ${longestMs}.`,
        }),
      },
      subscribe: (_root, { everyMs }, { lion }) => {
        if (everyMs < shortestMs || everyMs > longestMs)
          throw new InputInvalidError([{ path: 'everyMs', message: `must be from ${shortestMs} to ${longestMs}` }]);
        return looks(lion, everyMs);
      },
      resolve: (state) => state,
    }),
  }));
}

/** A look at Lion, and further ones until nobody wants them any more. */
function looks(lion: Lion, everyMs: number): AsyncIterableIterator<SystemState, void> {
  const over = new AbortController();
  const looking = (async function* () {
    while (!over.signal.aborted) {
      yield await systemState(lion);
      await delay(everyMs, undefined, { signal: over.signal }).catch(() => {});
    }
  })();
  const end = async (): Promise<IteratorResult<SystemState, void>> => {
    over.abort();
    return looking.return();
  };
  const iterator: AsyncIterableIterator<SystemState, void> = {
    next: () => looking.next(),
    return: end,
    throw: end,
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}
