import { setTimeout as delay } from 'node:timers/promises';
import { now } from '../harness/clock.ts';
import type { Bench, Figure, Row } from '../harness/figure.ts';
import { httpClient, runClients, type HttpClient } from '../harness/http.ts';
import { p50, p99 } from '../harness/statistics.ts';
import { noop } from '../harness/work.ts';

const sorts = ['bad-key', 'over-limit', 'too-complex'] as const;
const clients = 16;
const rounds = { full: 5, quick: 1 };
const requests = { full: 4000, quick: 200 };
const operations = { full: 1000, quick: 60 };
/** What is accepted, and the flood beside it: bounded, so that both fit on a small machine. */
const acceptedPerSecond = 50;
const floodPerSecond = 500;
const sliceMs = { full: 6000, quick: 600 };

/**
 * What a refused request costs the server in processor time, beside an accepted one: an operation of three no-op steps with `waitMs`.
 * And the p99 of 50 accepted ones a second while another process sends 500 a second that are refused, beside the p99 without; both in turns.
 */
export const flood: Figure = { name: 'flood', measure };

async function measure(bench: Bench): Promise<Row[]> {
  const size = bench.quick ? 'quick' : 'full';
  await using server = await bench.startServer('lion', { database: bench.newDatabase() });
  const limitedKey = await server.limitedKey();
  const keyFor = (sort: (typeof sorts)[number]): string => (sort === 'over-limit' ? limitedKey : server.key);
  using client = httpClient(server, clients);

  const processorMsOf = async (count: number, work: () => Promise<unknown>): Promise<number> => {
    const before = await server.processorMs();
    await work();
    return ((await server.processorMs()) - before) / count;
  };
  const accepted = (): Promise<number> =>
    processorMsOf(operations[size], () => runClients(clients, { count: operations[size] }, () => noop(client)));
  const refused = (sort: (typeof sorts)[number]): Promise<number> =>
    processorMsOf(requests[size], () =>
      bench.runProgram('server/flood.mjs', [server.url, keyFor(sort), sort, '0', '0', String(requests[size])]),
    );
  const inFlood = async (sort: (typeof sorts)[number] | undefined): Promise<number[]> => {
    const program = sort && [server.url, keyFor(sort), sort, String(floodPerSecond), String(sliceMs[size])];
    const [times] = await Promise.all([paced(client, sliceMs[size]), program && bench.runProgram('server/flood.mjs', program)]);
    return times;
  };

  await accepted();
  for (const sort of sorts) await refused(sort);
  const costs = Object.fromEntries(sorts.map((sort) => [sort, [] as { share: number; ms: number }[]]));
  const times: Record<string, number[]> = { none: [], ...Object.fromEntries(sorts.map((sort) => [sort, []])) };
  for (let round = 0; round < rounds[size]; round++) {
    for (const sort of sorts) {
      const dear = await accepted();
      const ms = await refused(sort);
      costs[sort]!.push({ share: ms / dear, ms });
      times['none']!.push(...(await inFlood(undefined)));
      times[sort]!.push(...(await inFlood(sort)));
    }
  }
  return [
    ...sorts.map((sort): Row => ({
      what: `refused (${sort}): processor time beside an accepted one`,
      unit: '%',
      reach: { under: 10 },
      lion: p50(costs[sort]!.map(({ share }) => share)) * 100,
      stock: null,
      also: { µs: p50(costs[sort]!.map(({ ms }) => ms)) * 1000 },
    })),
    ...sorts.map((sort): Row => ({
      what: `p99 of the accepted in a flood (${sort}) beside without`,
      unit: 'times',
      reach: { under: 2 },
      lion: p99(times[sort]!) / p99(times['none']!),
      stock: null,
      also: { 'p99 ms': p99(times[sort]!), 'without ms': p99(times['none']!), 'p50 ms': p50(times[sort]!) },
    })),
  ];
}

/** Operations at a pace, each begun when it is due. @returns how long each took, in ms */
async function paced(client: HttpClient, durationMs: number): Promise<number[]> {
  const began = now();
  const times: number[] = [];
  const under: Promise<void>[] = [];
  for (let index = 0; (index * 1000) / acceptedPerSecond < durationMs; index++) {
    const dueAt = began + (index * 1000) / acceptedPerSecond;
    if (dueAt > now()) await delay(dueAt - now());
    const since = now();
    under.push(noop(client).then(() => void times.push(now() - since)));
  }
  await Promise.all(under);
  return times;
}
