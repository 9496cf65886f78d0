import type { GraphQLError } from 'graphql';

/** An answer over HTTP to a request that is not executed. */
export interface Refusal {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** @param accept what the client takes, as it says: a stream of events is answered with one that ends */
export function refusalOf(error: GraphQLError, accept = ''): Refusal {
  const { http, ...extensions } = error.extensions;
  const {
    status = 500,
    headers = {},
    spec = false,
  } = (http ?? {}) as Partial<Pick<Refusal, 'status' | 'headers'>> & { spec?: boolean };
  const text = JSON.stringify({ errors: [{ ...error.toJSON(), extensions }] });
  if (accept.includes('text/event-stream')) {
    const type = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' };
    return { status, headers: { ...headers, ...type }, body: `event: next\ndata: ${text}\n\nevent: complete\ndata:\n\n` };
  }
  const type = accept.includes('application/graphql-response+json') ? 'application/graphql-response+json' : 'application/json';
  return {
    // By GraphQL over HTTP, what is wrong with a query is no matter of the status of `application/json`.
    status: spec && type === 'application/json' ? 200 : status,
    headers: { ...headers, 'content-type': `${type}; charset=utf-8` },
    body: text,
  };
}
