// The same load for the journal and for an ORM: so many at a time, each in a session of its own, each waiting for its event to be stored.
import { now, tell } from './parent.mjs';

const [clients, warmUpMs, durationMs] = process.argv.slice(3).map(Number);
const payload = { name: 'token', data: { text: 'Sixty-four characters are about what one delta of a model holds.' } };

/** Appends for the warm-up and the time given, and tells the parent how many events a second were stored in the latter. */
export async function appendForAWhile({ createSession, append }) {
  const sessions = [];
  for (let client = 0; client < clients; client++) sessions.push(await createSession());
  const begin = now() + warmUpMs;
  const end = begin + durationMs;
  let stored = 0;
  await Promise.all(
    sessions.map(async (sessionId) => {
      for (let index = 0; now() < end; index++) {
        await append(sessionId, index, payload);
        if (now() >= begin && now() < end) stored++;
      }
    }),
  );
  tell({ perSecond: (stored * 1000) / durationMs });
}
