import type { Logger } from 'pino';
import type { Lion } from '../lion.ts';
import { watchHistory } from './watch.ts';

const sentences = {
  QUEUED: 'operation queued',
  STARTED: 'operation started',
  WAITING: 'operation waits',
  RESUMED: 'operation goes on',
  RECOVERED: 'operation recovered',
  SUCCEEDED: 'operation succeeded',
  FAILED: 'operation failed',
  CANCELLED: 'operation cancelled',
} as const;

/** Writes a line of the log for each change of an operation's state, once it is stored. @returns what ends it */
export function logChanges({ journal }: Pick<Lion, 'journal'>, logger: Logger): () => void {
  if (!logger.isLevelEnabled('info')) return () => {};
  const watch = watchHistory({
    operation({ id, sessionId, change, kind, attempt, code, sinceQueued }) {
      const facts = {
        operation: id,
        session: sessionId,
        ...(kind !== null && { kind }),
        ...(attempt !== null && { attempt }),
        ...(code !== null && { code }),
        ...(sinceQueued !== null && change !== 'QUEUED' && { ms: Math.round(sinceQueued * 1000) }),
      };
      logger.info(facts, sentences[change]);
    },
  });
  return journal.observe(({ events }) => watch(events));
}
