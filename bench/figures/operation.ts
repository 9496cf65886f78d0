import type { Bench, Figure, Row } from '../harness/figure.ts';
import { both } from '../harness/both.ts';
import { httpClient, runClients } from '../harness/http.ts';
import { p50, p99 } from '../harness/statistics.ts';
import { noop } from '../harness/work.ts';

const operations = { full: 1000, quick: 20 };
/** Stock parts do less: they would take half a minute. */
const stockShare = 0.3;
const warmUpShare = 0.3;

/**
 * An operation of three steps that do nothing, in a session of its own: from the GraphQL mutation (with `waitMs`) to its
 * result, over one HTTP connection that is kept open, one after the other.
 */
export const operation: Figure = { name: 'operation', measure };

async function measure(bench: Bench): Promise<Row[]> {
  const size = bench.quick ? 'quick' : 'full';
  const times = await both(bench, async (server) => {
    using client = httpClient(server, 1);
    const count = operations[size] * (server.part === 'lion' ? 1 : stockShare);
    await runClients(1, { count: count * warmUpShare }, () => noop(client));
    return (await runClients(1, { count }, () => noop(client))).times;
  });
  return [
    {
      what: 'an operation of three no-op steps, one client: p50',
      unit: 'ms',
      reach: { under: 5 },
      lion: p50(times.lion),
      stock: p50(times.stock),
      also: { p99: p99(times.lion), 'stock p99': p99(times.stock) },
    },
  ];
}
