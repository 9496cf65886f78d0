import type { Bench, Figure, Row } from '../harness/figure.ts';
import { httpClient, runClients } from '../harness/http.ts';
import type { Server } from '../harness/servers.ts';
import { p50 } from '../harness/statistics.ts';
import { noop } from '../harness/work.ts';

const clients = 32;
/** One process is faster than the next, whatever it does: there are several of each. */
const serverPairs = { full: 4, quick: 1 };
const rounds = { full: 4, quick: 2 };
const sliceMs = { full: 1000, quick: 150 };
const warmUpMs = { full: 3000, quick: 150 };

/**
 * The operation of three no-op steps by 32 clients, with all limits on and with `LION_LIMITS=off`: pairs of servers, which take turns second
 * by second, so that what else runs on the machine slows both. Roles are always on. The figure is the median of all rounds.
 */
export const limits: Figure = { name: 'limits', measure };

async function measure(bench: Bench): Promise<Row[]> {
  const size = bench.quick ? 'quick' : 'full';
  const pairs: { on: Slice; off: Slice }[] = [];
  for (let pair = 0; pair < serverPairs[size]; pair++) pairs.push(...(await measurePair(bench, pair)));
  const slower = p50(pairs.map((pair) => 1 - pair.on.perSecond / pair.off.perSecond));
  const dearer = p50(pairs.map((pair) => pair.on.processorMs / pair.off.processorMs - 1));
  return [
    {
      what: `all limits on: so much slower than off, ${clients} clients`,
      unit: '%',
      reach: { under: 10 },
      lion: slower * 100,
      stock: null,
      also: {
        'more processor time %': dearer * 100,
        'on /s': p50(pairs.map((pair) => pair.on.perSecond)),
        'off /s': p50(pairs.map((pair) => pair.off.perSecond)),
      },
    },
  ];
}

/** Two servers, in turns. */
async function measurePair(bench: Bench, pair: number): Promise<{ on: Slice; off: Slice }[]> {
  const size = bench.quick ? 'quick' : 'full';
  await using on = await bench.startServer('lion', { database: bench.newDatabase() });
  await using off = await bench.startServer('lion', { database: bench.newDatabase(), env: { LION_LIMITS: 'off' } });
  for (const server of [on, off]) await slice(server, warmUpMs[size]);
  const slices: { on: Slice; off: Slice }[] = [];
  for (let round = 0; round < rounds[size]; round++) {
    // Neither is always the first.
    const order = (pair + round) % 2 === 0 ? [on, off] : [off, on];
    const taken = new Map<Server, Slice>();
    for (const server of order) taken.set(server, await slice(server, sliceMs[size]));
    slices.push({ on: taken.get(on)!, off: taken.get(off)! });
  }
  return slices;
}

async function slice(server: Server, durationMs: number): Promise<Slice> {
  using client = httpClient(server, clients);
  const before = await server.processorMs();
  const { perSecond, times } = await runClients(clients, { durationMs }, () => noop(client));
  return { perSecond, processorMs: ((await server.processorMs()) - before) / times.length };
}

interface Slice {
  perSecond: number;
  /** Of the server, for each operation. */
  processorMs: number;
}
