import type { WebSocket } from 'ws';
import type { Bench, Figure, Row } from '../harness/figure.ts';
import { both } from '../harness/both.ts';
import { now } from '../harness/clock.ts';
import { largeDatabase, rareType } from '../harness/large-database.ts';
import { p50 } from '../harness/statistics.ts';
import { openSocket, subscribeMessage } from '../harness/subscribers.ts';

const times = { full: 25, quick: 5 };
const warmUps = { full: 15, quick: 3 };
/** How far before the end a client comes back: less than the distance of two events of the rare type. */
const behind = 50;

/**
 * On a WebSocket that is open already: from the message that subscribes, with a cursor 50 events before the end of the
 * history, to the first event; the median of 25 times. Unfiltered, and filtered by a type that one event in a hundred is of.
 * In a history of 1,000,000 events, and beside it in one of 1,000. Stock: a query by the ORM, then what happens live.
 */
export const resume: Figure = { name: 'resume', measure };

async function measure(bench: Bench): Promise<Row[]> {
  const size = bench.quick ? 'quick' : 'full';
  const { path, long, short } = await largeDatabase(bench);
  const { lion, stock } = await both(
    bench,
    async (server) => {
      const socket = await openSocket(server);
      let subscriptions = 0;
      const toFirstEvent = async ({ sessionId, lastSeq }: typeof long, types?: readonly string[]): Promise<number> => {
        const measured: number[] = [];
        for (let n = 0; n < warmUps[size] + times[size]; n++) {
          const id = String(++subscriptions);
          const since = now();
          await firstEvent(socket, id, subscribeMessage(id, sessionId, lastSeq - behind, types));
          if (n >= warmUps[size]) measured.push(now() - since);
          socket.send(JSON.stringify({ id, type: 'complete' }));
        }
        return p50(measured);
      };
      const found = {
        long: await toFirstEvent(long),
        short: await toFirstEvent(short),
        longFiltered: await toFirstEvent(long, [rareType]),
        shortFiltered: await toFirstEvent(short, [rareType]),
      };
      socket.terminate();
      return found;
    },
    { database: path },
  );
  const row = (how: string, inLong: 'long' | 'longFiltered', inShort: 'short' | 'shortFiltered'): Row => ({
    what: `resume at the end of 1,000,000 events, ${how}`,
    unit: 'ms',
    reach: { under: 10 },
    lion: lion[inLong],
    stock: stock[inLong],
    also: { 'in one of 1,000': lion[inShort] },
  });
  return [row('unfiltered', 'long', 'short'), row('filtered by type', 'longFiltered', 'shortFiltered')];
}

const giveUpMs = 30_000;

function firstEvent(socket: WebSocket, id: string, subscribe: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const mine = Buffer.from(`"id":"${id}"`);
    const timer = setTimeout(() => reject(new Error(`No event within ${giveUpMs} ms`)), giveUpMs);
    const onMessage = (message: Buffer): void => {
      // Others are what an earlier subscription still had under way.
      if (!message.includes(mine)) return;
      clearTimeout(timer);
      socket.off('message', onMessage);
      if (message.includes('"next"') && !message.includes('"errors"')) resolve();
      else reject(new Error(message.toString()));
    };
    socket.on('message', onMessage);
    socket.send(subscribe);
  });
}
