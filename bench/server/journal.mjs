// The journal alone, without operations and transports: `clients` at a time append one event each, and wait until it is stored.
import { openClock } from '../../dist/clock.js';
import { openDatabase } from '../../dist/database/client.js';
import { openJournal } from '../../dist/history/journal.js';
import { inProcessNudges } from '../../dist/history/nudge.js';
import { newSessionId } from '../../dist/ids.js';
import { appendForAWhile } from './appending.mjs';

const database = await openDatabase({ url: `file:${process.argv[2]}`, durability: 'full' });
const journal = openJournal(database, inProcessNudges(), openClock());

await appendForAWhile({
  async createSession() {
    const sessionId = newSessionId();
    const settings = { ttlSeconds: null, onBusy: 'PARALLEL' };
    await journal.append({
      sessionId,
      decide: (draft) => draft.createSession({ projectId: 'prj_bench', keyId: null }, { title: null, metadata: {} }, settings),
    });
    return sessionId;
  },
  append: (sessionId, _index, payload) =>
    journal.append({
      sessionId,
      decide: (draft) => draft.append({ type: 'DataEmitted', operation: null, payload }),
    }),
});
await database.close();
