import { Agent, request } from 'node:http';
import { now } from './clock.ts';
import type { Server } from './servers.ts';

/** A client of GraphQL over HTTP that keeps its connections open. */
export interface HttpClient extends Disposable {
  /** @param body what is sent, as `graphqlBody` makes it once. @returns the answer, as text. @throws Error unless the status is 200 */
  send(body: string): Promise<string>;
}

export const graphqlBody = (query: string, variables: Record<string, unknown> = {}): string =>
  JSON.stringify({ query, variables });

export function httpClient({ url, key }: Server, connections: number): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const headers = { 'content-type': 'application/json', ...(key !== '' && { 'x-api-key': key }) };
  return {
    send: (body) =>
      new Promise((resolve, reject) => {
        const length = { 'content-length': Buffer.byteLength(body) };
        const sent = request(`${url}/graphql`, { method: 'POST', agent, headers: { ...headers, ...length } }, (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('error', reject);
          response.on('end', () =>
            response.statusCode === 200 ? resolve(text) : reject(new Error(`HTTP ${response.statusCode}: ${text}`)),
          );
        });
        sent.on('error', reject);
        sent.end(body);
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** So many clients that each do `one` again and again. @returns how long each took, in ms, and how many were done a second */
export async function runClients(
  clients: number,
  until: { count: number } | { durationMs: number },
  one: (client: number) => Promise<void>,
): Promise<{ times: number[]; perSecond: number }> {
  const times: number[] = [];
  const begin = now();
  let begun = 0;
  const goesOn = (): boolean => ('count' in until ? begun < until.count : now() - begin < until.durationMs);
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      while (goesOn()) {
        begun++;
        const since = now();
        await one(client);
        times.push(now() - since);
      }
    }),
  );
  return { times, perSecond: (times.length * 1000) / (now() - begin) };
}
