import type { Bench, Figure, Row } from '../harness/figure.ts';
import { both } from '../harness/both.ts';
import { now } from '../harness/clock.ts';
import { httpClient } from '../harness/http.ts';
import { p50, p99 } from '../harness/statistics.ts';
import { endMark, eventIn, openSubscribers, until } from '../harness/subscribers.ts';
import { createSessions, startBurst } from '../harness/work.ts';

const sessionCount = { full: 500, quick: 10 };
const seconds = { full: 6, quick: 1 };
const ratePerSecond = 20;
/** How long the server has to start all operations, before the first event is due. */
const leadMs = { full: 4000, quick: 500 };
/** While code is compiled: these events are counted as lost or not, but not for the latency. */
const warmUpSeconds = { full: 1.5, quick: 0.2 };

/**
 * 500 sessions, each with one WebSocket subscriber and one running operation that emits 20 events a second, for 6 s (10,000
 * events a second in all): from when each event was due to its receipt, its commit included. Lost are those that are missing
 * between 1 and the last `seq` that a subscriber received. All begin within the period of one event, however long the server took
 * to start them; one that cannot keep up stops after 7 s, which `received` shows.
 */
export const sessions: Figure = { name: 'sessions', measure };

/** So that all of them run at a time, instead of the 16 that are the default. */
const env = { LION_CONCURRENCY: '1000' };

async function measure(bench: Bench): Promise<Row[]> {
  const size = bench.quick ? 'quick' : 'full';
  const count = seconds[size] * ratePerSecond;
  const { lion, stock } = await both(
    bench,
    async (server) => {
      using client = httpClient(server, 32);
      const sessionIds = await createSessions(client, sessionCount[size]);
      using subscribers = await openSubscribers(server, sessionIds);
      const latencies: number[] = [];
      const lastSeqs = new Map<number, number>();
      let received = 0;
      let missing = 0;
      let ended = 0;
      subscribers.onEvent = (subscriber, message, receivedAt) => {
        received++;
        if (message.includes(endMark)) ended++;
        const { seq, data } = eventIn(message);
        // The one before was the event that began the history.
        missing += Math.abs(seq - (lastSeqs.get(subscriber) ?? 1) - 1);
        lastSeqs.set(subscriber, seq);
        if (data && data.index >= warmUpSeconds[size] * ratePerSecond) latencies.push(receivedAt - data.dueAt);
      };
      const mostMs = (seconds[size] + 1) * 1000;
      const begin = now() + leadMs[size];
      const period = 1000 / ratePerSecond;
      await Promise.all(
        sessionIds.map((sessionId, index) => {
          const beginAt = begin + (period * index) / sessionIds.length;
          return startBurst(client, sessionId, { count, ratePerSecond, beginAt, mostMs });
        }),
      );
      const allEnded = await until(() => ended === sessionIds.length, leadMs[size] + mostMs + 10_000);
      return { latencies, received, lost: missing + (allEnded ? 0 : sessionIds.length - ended) };
    },
    { env },
  );
  const what = '500 sessions, a subscriber and 20 events/s each';
  return [
    {
      what: `${what}: p99`,
      unit: 'ms',
      reach: { under: 50 },
      lion: p99(lion.latencies),
      stock: p99(stock.latencies),
      also: { p50: p50(lion.latencies), 'stock p50': p50(stock.latencies) },
    },
    {
      what: `${what}: lost`,
      unit: 'events',
      reach: { exactly: 0 },
      lion: lion.lost,
      stock: stock.lost,
      also: { received: lion.received, 'received from stock': stock.received },
    },
  ];
}
