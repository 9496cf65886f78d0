import type { GraphQLError } from 'graphql';
import { withoutStatus } from './event-stream.ts';

/** An answer over HTTP to a request that was not even read. */
export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** @param accept what the client takes, as it says: a stream of events is answered with one that ends */
export function refusalOf(error: GraphQLError, accept = ''): Refusal {
  const { status = 500, headers = {} } = (error.extensions['http'] ?? {}) as Partial<Pick<Refusal, 'status' | 'headers'>>;
  const text = JSON.stringify(withoutStatus({ errors: [error] }));
  if (accept.includes('text/event-stream')) {
    const type = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' };
    return { status, headers: { ...headers, ...type }, body: `event: next\ndata: ${text}\n\nevent: complete\ndata:\n\n` };
  }
  const type = accept.includes('application/graphql-response+json') ? 'application/graphql-response+json' : 'application/json';
  return { status, headers: { ...headers, 'content-type': `${type}; charset=utf-8` }, body: text };
}
