import type { WebSocket } from 'ws';
import type { Bench, Figure, Row } from '../harness/figure.ts';
import { both } from '../harness/both.ts';
import { httpClient, runClients, type HttpClient } from '../harness/http.ts';
import type { Server } from '../harness/servers.ts';
import { openSocket, subscribeMessage } from '../harness/subscribers.ts';
import { createSessions, noop } from '../harness/work.ts';

const operations = { full: 10_000, quick: 50 };
const subscriptions = { full: 10_000, quick: 50 };
/** Stock parts do less: they would take minutes. */
const stockShare = 0.05;
const clients = 32;
const sockets = 20;
/** Of the work that is done before the second of the two baselines. */
const warmUpShare = 0.05;

/**
 * What is resident after a collection: of a server that was just started and has done nothing; and after 10,000 operations of
 * three no-op steps and 10,000 subscriptions (of stock: 500 and 500), each opened, given its first event and closed again. "Before" is the idle server;
 * beside it stands how much more that is than after a twentieth of the work, once code is compiled and caches are filled.
 */
export const memory: Figure = { name: 'memory', measure };

async function measure(bench: Bench): Promise<Row[]> {
  const size = bench.quick ? 'quick' : 'full';
  const { lion, stock } = await both(bench, async (server) => {
    const idle = (await server.memory()).rss;
    const share = server.part === 'lion' ? 1 : stockShare;
    const counts = { operations: operations[size] * share, subscriptions: subscriptions[size] * share };
    await work(server, counts, warmUpShare);
    const warm = (await server.memory()).rss;
    await work(server, counts, 1 - warmUpShare);
    const after = await server.memory();
    return { idle, warm, after: after.rss, heap: after.heapUsed };
  });
  const growth = (before: number, after: number): number => (after / before - 1) * 100;
  const mb = (bytes: number): number => bytes / 1e6;
  return [
    { what: 'memory, idle', unit: 'MB', reach: { under: 110 }, lion: mb(lion.idle), stock: mb(stock.idle) },
    {
      what: 'memory after 10,000 operations and subscriptions, over idle',
      unit: '%',
      reach: { under: 15 },
      lion: growth(lion.idle, lion.after),
      stock: growth(stock.idle, stock.after),
      also: { MB: mb(lion.after), 'of it heap MB': mb(lion.heap), 'over warm %': growth(lion.warm, lion.after) },
    },
  ];
}

async function work(server: Server, counts: { operations: number; subscriptions: number }, share: number): Promise<void> {
  using client = httpClient(server, clients);
  await runClients(clients, { count: Math.round(counts.operations * share) }, () => noop(client));
  await openAndClose(server, client, Math.round(counts.subscriptions * share));
}

/** Subscriptions to sessions with a short history, one after the other on each of some sockets. */
async function openAndClose(server: Server, client: HttpClient, count: number): Promise<void> {
  const sessionIds = await createSessions(client, sockets);
  const open = await Promise.all(sessionIds.map(() => openSocket(server)));
  let next = 0;
  await runClients(sockets, { count }, (index) => firstEventOnly(open[index]!, String(++next), sessionIds[index]!));
  for (const socket of open) socket.close();
}

function firstEventOnly(socket: WebSocket, id: string, sessionId: string): Promise<void> {
  return new Promise((resolve) => {
    const onMessage = (message: Buffer): void => {
      if (!message.includes(`"id":"${id}"`)) return;
      socket.off('message', onMessage);
      socket.send(JSON.stringify({ id, type: 'complete' }));
      resolve();
    };
    socket.on('message', onMessage);
    socket.send(subscribeMessage(id, sessionId, 0));
  });
}
