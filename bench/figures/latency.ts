import type { Bench, Figure, Row } from '../harness/figure.ts';
import { both } from '../harness/both.ts';
import { httpClient } from '../harness/http.ts';
import { p50, p99 } from '../harness/statistics.ts';
import { endMark, eventIn, openSubscribers, until } from '../harness/subscribers.ts';
import { createSessions, startBurst } from '../harness/work.ts';

const subscriberCount = { full: 200, quick: 10 };
const events = { full: 500, quick: 20 };
const warmUpEvents = { full: 200, quick: 5 };
const ratePerSecond = 100;

/**
 * 200 WebSocket subscribers of one session, in which an operation emits 100 events a second for 5 s: from the commit of each
 * event (when `emit` returns) to its receipt by each subscriber. Stock: from the end of `event.create`.
 */
export const latency: Figure = { name: 'latency', measure };

async function measure(bench: Bench): Promise<Row[]> {
  const size = bench.quick ? 'quick' : 'full';
  const { lion, stock } = await both(bench, async (server) => {
    using client = httpClient(server, 1);
    const [sessionId] = (await createSessions(client, 1)) as [string];
    const subscribed = Array.from({ length: subscriberCount[size] }, () => sessionId);
    using subscribers = await openSubscribers(server, subscribed);
    const deliver = async (count: number): Promise<number[]> => {
      const receipts: { index: number; receivedAt: number }[] = [];
      let ended = 0;
      subscribers.onEvent = (_subscriber, message, receivedAt) => {
        if (message.includes(endMark)) ended++;
        const { data } = eventIn(message);
        if (data) receipts.push({ index: data.index, receivedAt });
      };
      const committed = server.commits();
      await startBurst(client, sessionId, { count, ratePerSecond, tellCommits: true });
      const commits = await committed;
      if (!(await until(() => ended === subscribed.length, 30_000)))
        throw new Error(`${server.part}: ${ended} of ${subscribed.length} received the end`);
      return receipts.map(({ index, receivedAt }) => receivedAt - commits[index]!);
    };
    await deliver(warmUpEvents[size]);
    return await deliver(events[size]);
  });
  return [
    {
      what: 'commit to receipt, 200 subscribers, 100 events/s: p99',
      unit: 'ms',
      reach: { under: 15 },
      lion: p99(lion),
      stock: p99(stock),
      also: { p50: p50(lion), 'stock p50': p50(stock) },
    },
  ];
}
