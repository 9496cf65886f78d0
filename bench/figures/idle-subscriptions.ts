import type { Bench, Figure, Row } from '../harness/figure.ts';
import { both } from '../harness/both.ts';
import { httpClient } from '../harness/http.ts';
import { openSubscribers } from '../harness/subscribers.ts';
import { createSessions } from '../harness/work.ts';

const subscriptions = { full: 5000, quick: 100 };
const sessions = { full: 500, quick: 10 };
const warmUps = { full: 200, quick: 10 };

/**
 * By how much what is resident grows, after a collection, for each of 5,000 subscriptions that wait for events: each on a
 * WebSocket of its own, ten to a session. Some were opened and closed before, so that the code is there.
 */
export const idleSubscriptions: Figure = { name: 'idle-subscriptions', measure };

async function measure(bench: Bench): Promise<Row[]> {
  const size = bench.quick ? 'quick' : 'full';
  const { lion, stock } = await both(bench, async (server) => {
    using client = httpClient(server, 8);
    const sessionIds = await createSessions(client, sessions[size]);
    const followed = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => sessionIds[index % sessionIds.length]!);
    (await openSubscribers(server, followed(warmUps[size])))[Symbol.dispose]();
    const before = await server.memory();
    using _subscribers = await openSubscribers(server, followed(subscriptions[size]));
    const after = await server.memory();
    const each = (bytes: 'rss' | 'heapUsed'): number => (after[bytes] - before[bytes]) / subscriptions[size] / 1000;
    return { resident: each('rss'), heap: each('heapUsed') };
  });
  return [
    {
      what: '5,000 idle subscriptions, each on its own WebSocket: resident each',
      unit: 'KB',
      reach: { under: 25 },
      lion: lion.resident,
      stock: stock.resident,
      also: { 'of it heap KB': lion.heap },
    },
  ];
}
