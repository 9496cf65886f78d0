import { ApolloClient, ApolloLink, gql as apolloGql, HttpLink, InMemoryCache } from '@apollo/client';
import { cacheExchange, Client, fetchExchange, gql as urqlGql } from '@urql/core';
import { createClient } from 'graphql-ws';
import { onEnd, pipe, subscribe } from 'wonka';
import { WebSocket } from 'ws';
import { cacheOptions, resumeLink } from '../../src/client/apollo.ts';
import type { ResumeOptions } from '../../src/client/resume.ts';
import { resumeExchange } from '../../src/client/urql.ts';

/** What a subscription is answered with. */
export interface Result {
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever it has asked for
  data?: any;
  /** Of the answer, or of the transport. */
  error?: Error | undefined;
}

/** @returns the results until the subscription is over, or `stop` ends it */
type Subscribe = (
  document: string,
  variables: Record<string, unknown>,
  onResult?: (result: Result, results: readonly Result[]) => void,
) => { done: Promise<Result[]>; stop(): void };

/** A client of GraphQL that nobody here wrote, with subscriptions that resume. */
export interface Follower {
  name: string;
  connect(options: ResumeOptions): Subscribe;
  /** Connects for one subscription. */
  follow(options: ResumeOptions, ...subscription: Parameters<Subscribe>): ReturnType<Subscribe>;
}

export const follower = (name: string, connect: Follower['connect']): Follower => ({
  name,
  connect,
  follow: (options, ...subscription) => connect(options)(...subscription),
});

const withResults = (
  onResult: ((result: Result, results: readonly Result[]) => void) | undefined,
  subscribe: (take: (result: Result) => void, end: () => void) => () => void,
): ReturnType<Subscribe> => {
  const results: Result[] = [];
  let unsubscribe = (): void => {};
  const done = new Promise<Result[]>((resolve) => {
    const take = (result: Result): void => {
      results.push(result);
      onResult?.(result, results);
    };
    unsubscribe = subscribe(take, () => resolve(results));
  });
  return { done, stop: () => unsubscribe() };
};

export const apolloClient = (options: ResumeOptions): ApolloClient =>
  new ApolloClient({
    link: ApolloLink.from([
      resumeLink({ webSocketImpl: WebSocket, ...options }),
      new HttpLink({ uri: `${String(options.url)}/graphql`, headers: { 'x-api-key': options.key } }),
    ]),
    cache: new InMemoryCache(cacheOptions),
  });

export const urqlClient = (options: ResumeOptions): Client =>
  new Client({
    url: `${String(options.url)}/graphql`,
    preferGetMethod: false,
    fetchOptions: { headers: { 'x-api-key': options.key } },
    exchanges: [cacheExchange, resumeExchange({ webSocketImpl: WebSocket, ...options }), fetchExchange],
  });

export const apollo = follower('@apollo/client', (options) => {
  const client = apolloClient(options);
  return (document, variables, onResult) =>
    withResults(onResult, (take, end) => {
      const subscription = client.subscribe({ query: apolloGql(document), variables }).subscribe({
        next: ({ data, error }) => take({ data, error }),
        error: (error: Error) => (take({ error }), end()),
        complete: end,
      });
      return () => {
        subscription.unsubscribe();
        end();
      };
    });
});

export const urql = follower('@urql/core', (options) => {
  const client = urqlClient(options);
  return (document, variables, onResult) =>
    withResults(onResult, (take, end) => {
      let over = false;
      const { unsubscribe } = pipe(
        client.subscription(urqlGql(document), variables),
        onEnd(() => {
          over = true;
          end();
        }),
        subscribe(({ data, error }) => take({ data, error })),
      );
      return () => void (over || unsubscribe());
    });
});

/** The client of graphql-ws alone: it sends its variables anew when it connects again, so the cursor is kept in them. */
export const graphqlWs = follower('graphql-ws', ({ url, key }) => {
  const client = createClient({
    url: `${String(url).replace('http', 'ws')}/graphql`,
    connectionParams: { 'X-API-Key': key },
    webSocketImpl: WebSocket,
    retryAttempts: Infinity,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
    shouldRetry: () => true,
  });
  return (query, variables, onResult) =>
    withResults(onResult, (take, end) => {
      const current = { ...variables };
      return client.subscribe<{ operationEvents: { seq: number } }>(
        { query, variables: current },
        {
          next({ data }) {
            if (data) current['after'] = data.operationEvents.seq;
            take({ data });
          },
          error: (error) => (take({ error: error as Error }), end()),
          complete: end,
        },
      );
    });
});
