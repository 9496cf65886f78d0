import type { Bench, Figure, Row } from '../harness/figure.ts';
import { both } from '../harness/both.ts';
import { httpClient } from '../harness/http.ts';
import type { Server } from '../harness/servers.ts';
import { endMark, openSubscribers, until } from '../harness/subscribers.ts';
import { createSessions, startBurst } from '../harness/work.ts';

const subscriberCount = { full: 1000, quick: 20 };
const events = { full: 250, quick: 20 };
/** Stock parts deliver fewer: the rate is the same. */
const stockShare = 0.4;
const warmUpEvents = 20;

/**
 * 1,000 WebSocket subscribers of one session, in which an operation emits 250 events (of stock: 100), each as soon as the one before is
 * stored: how many events are received in all a second, from the first to the last.
 */
export const fanOut: Figure = { name: 'fan-out', measure };

async function measure(bench: Bench): Promise<Row[]> {
  const size = bench.quick ? 'quick' : 'full';
  const { lion, stock } = await both(bench, async (server) => {
    using client = httpClient(server, 1);
    const [sessionId] = (await createSessions(client, 1)) as [string];
    const subscribed = Array.from({ length: subscriberCount[size] }, () => sessionId);
    using subscribers = await openSubscribers(server, subscribed);
    const deliver = async (count: number) => {
      const delivered = receivedRate(server, subscribers, subscribed.length);
      await startBurst(client, sessionId, { count, ratePerSecond: 0 });
      return delivered;
    };
    await deliver(warmUpEvents);
    return await deliver(events[size] * (server.part === 'lion' ? 1 : stockShare));
  });
  const what = 'delivery to 1,000 WebSocket subscribers of one session';
  return [
    { what, unit: '/s', reach: { over: 40_000 }, lion, stock },
    { what: 'the same, over stock', unit: 'times', reach: { over: 2 }, lion: lion / stock, stock: 1 },
  ];
}

/** Events a second that are received in all, until each subscriber has received the end of the operation. */
async function receivedRate(server: Server, subscribers: Awaited<ReturnType<typeof openSubscribers>>, count: number) {
  let received = 0;
  let ended = 0;
  let firstAt = 0;
  let lastAt = 0;
  subscribers.onEvent = (_subscriber, message, receivedAt) => {
    if (received++ === 0) firstAt = receivedAt;
    lastAt = receivedAt;
    if (message.includes(endMark)) ended++;
  };
  if (!(await until(() => ended === count, 60_000))) throw new Error(`${server.part}: ${ended} of ${count} received the end`);
  return (received * 1000) / (lastAt - firstAt);
}
