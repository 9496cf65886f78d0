import type { Bench, Figure, Row } from '../harness/figure.ts';
import { both } from '../harness/both.ts';
import { graphqlBody, httpClient, runClients } from '../harness/http.ts';
import { largeDatabase } from '../harness/large-database.ts';
import { p50, p99 } from '../harness/statistics.ts';

const requests = { full: 50, quick: 5 };
const warmUps = 5;

const documents = {
  sessions: '{ sessions(first: 20) { nodes { id title createdAt } pageInfo { hasNextPage } } }',
  operations: '{ operations(first: 20) { nodes { id kind status createdAt finishedAt } pageInfo { hasNextPage } } }',
};

/** The first page (20 entries) of `sessions` and of `operations` over HTTP, in a database with 200,000 of each: the median of 50 requests. */
export const lists: Figure = { name: 'lists', measure };

async function measure(bench: Bench): Promise<Row[]> {
  const { path } = await largeDatabase(bench);
  const { lion, stock } = await both(
    bench,
    async (server) => {
      using client = httpClient(server, 1);
      const ask = async (list: keyof typeof documents): Promise<number[]> => {
        const body = graphqlBody(documents[list]);
        const one = async (): Promise<void> => {
          const answer = await client.send(body);
          if (!answer.includes('"hasNextPage":true')) throw new Error(`Not a page of ${list}: ${answer}`);
        };
        await runClients(1, { count: warmUps }, one);
        return (await runClients(1, { count: requests[bench.quick ? 'quick' : 'full'] }, one)).times;
      };
      return { sessions: await ask('sessions'), operations: await ask('operations') };
    },
    { database: path },
  );
  return (['sessions', 'operations'] as const).map((list) => ({
    what: `first page of ${list} with 200,000 sessions: p50`,
    unit: 'ms',
    reach: { under: 10 },
    lion: p50(lion[list]),
    stock: p50(stock[list]),
    also: { p99: p99(lion[list]) },
  }));
}
