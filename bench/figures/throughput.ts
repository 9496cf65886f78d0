import type { Bench, Figure, Row } from '../harness/figure.ts';
import { both } from '../harness/both.ts';
import { httpClient, runClients } from '../harness/http.ts';
import { p50, p99 } from '../harness/statistics.ts';
import { noop } from '../harness/work.ts';

const loads = [
  { clients: 32, over: 900 },
  { clients: 128, over: 1200 },
];
const durationMs = { full: 5000, quick: 300 };
const warmUpMs = { full: 2000, quick: 100 };

/** The operation of three no-op steps, asked for by so many clients at a time, each over a connection of its own: how many a second, for 5 s. */
export const throughput: Figure = { name: 'throughput', measure };

async function measure(bench: Bench): Promise<Row[]> {
  const size = bench.quick ? 'quick' : 'full';
  const rows: Row[] = [];
  for (const { clients, over } of loads) {
    const { lion, stock } = await both(bench, async (server) => {
      using client = httpClient(server, clients);
      await runClients(clients, { durationMs: warmUpMs[size] }, () => noop(client));
      return await runClients(clients, { durationMs: durationMs[size] }, () => noop(client));
    });
    rows.push({
      what: `the same, ${clients} clients`,
      unit: '/s',
      reach: { over },
      lion: lion.perSecond,
      stock: stock.perSecond,
      also: { 'p50 ms': p50(lion.times), 'p99 ms': p99(lion.times) },
    });
  }
  return rows;
}
