import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { createClient } from 'graphql-ws';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { cacheOptions } from '../../src/client/apollo.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { ideasJson, openProviderLion } from '../support/provider-lion.ts';
import { apolloClient } from './followers.ts';

const cache = (): InMemoryCache =>
  new InMemoryCache({
    ...cacheOptions,
    typePolicies: { ...cacheOptions.typePolicies, Query: { fields: { sessions: relayStylePagination(['filter']) } } },
  });

/** Over HTTP, with nothing but what Apollo brings. */
const overHttp = ({ url, key }: TestLion): ApolloClient =>
  new ApolloClient({ link: new HttpLink({ uri: `${url}/graphql`, headers: { 'x-api-key': key } }), cache: cache() });

/** Over a WebSocket, likewise. */
function overWebSocket({ url, key }: TestLion): ApolloClient {
  const socket = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    connectionParams: { 'X-API-Key': key },
    webSocketImpl: WebSocket,
  });
  return new ApolloClient({ link: new GraphQLWsLink(socket), cache: cache() });
}

const createSession = gql`
  mutation CreateSession($title: String) {
    createSession(input: { title: $title }) {
      ... on Session {
        id
        title
      }
    }
  }
`;

const sessionsQuery = gql`
  query Sessions($first: Int, $after: String) {
    sessions(first: $first, after: $after) {
      edges {
        cursor
        node {
          id
          title
        }
      }
      pageInfo {
        hasNextPage
        endCursor
        hasPreviousPage
        startCursor
      }
    }
  }
`;

const updateSession = gql`
  mutation UpdateSession($id: ID!, $title: String) {
    updateSession(input: { id: $id, title: $title }) {
      ... on Session {
        id
        title
      }
      ... on Error {
        code
        message
      }
    }
  }
`;

interface Sessions {
  sessions: { edges: { node: { id: string; title: string } }[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
}

const titlesOf = (data: unknown): string[] => (data as Sessions).sessions.edges.map(({ node }) => node.title);

describe.each([
  ['HTTP', overHttp],
  ['a WebSocket', overWebSocket],
])('Apollo over %s', (_name, open) => {
  test('pages into its cache, which what a mutation answers brings up to date', async () => {
    await using lion = await openTestLion();
    const client = open(lion);
    for (const title of ['one', 'two', 'three']) await client.mutate({ mutation: createSession, variables: { title } });
    const sessions = client.watchQuery<Sessions>({ query: sessionsQuery, variables: { first: 2 } });
    const shown: string[][] = [];
    const watching = sessions.subscribe(({ data }) => {
      if (data?.sessions) shown.push(titlesOf(data));
    });
    const { data } = await client.query<Sessions>({ query: sessionsQuery, variables: { first: 2 } });
    await expect.poll(() => shown.at(-1)).toEqual(['three', 'two']);
    await sessions.fetchMore({ variables: { first: 2, after: data!.sessions.pageInfo.endCursor } });
    await expect.poll(() => shown.at(-1)).toEqual(['three', 'two', 'one']);
    const newest = data!.sessions.edges[0]!.node;
    const changed = await client.mutate({ mutation: updateSession, variables: { id: newest.id, title: 'renamed' } });
    expect(changed.data).toMatchObject({ updateSession: { __typename: 'Session', title: 'renamed' } });
    await expect.poll(() => shown.at(-1)).toEqual(['renamed', 'two', 'one']);
    expect(client.cache.extract()).toHaveProperty([`Session:${newest.id}`, 'title'], 'renamed');
    watching.unsubscribe();
    client.stop();
  });

  test('reads the errors of unions as the data that they are, and throws those that cut across', async () => {
    await using lion = await openTestLion();
    const client = open(lion);
    const refused = await client.mutate({ mutation: updateSession, variables: { id: 'ses_none', title: 'x' } });
    expect(refused).toMatchObject({
      data: { updateSession: { __typename: 'SessionNotFoundError', code: 'SESSION_NOT_FOUND' } },
    });
    const node = gql`
      query Node($id: ID!) {
        node(id: $id) {
          id
          ... on Session {
            title
          }
        }
      }
    `;
    const created = await client.mutate<{ createSession: { id: string } }>({
      mutation: createSession,
      variables: { title: 'found' },
    });
    const { id } = created.data!.createSession;
    expect((await client.query({ query: node, variables: { id } })).data).toMatchObject({ node: { id, title: 'found' } });
    const wrong = gql`
      mutation Wrong {
        brainstorm(input: { instruction: "" }) {
          ... on Operation {
            id
          }
        }
      }
    `;
    await expect(client.mutate({ mutation: wrong })).rejects.toMatchObject({
      errors: [{ extensions: { code: 'BAD_INPUT' } }],
    });
    client.stop();
  });
});

test('ideas of the same id in different brainstorms stay apart in the cache', async () => {
  await using lion = await openProviderLion();
  const client = overHttp(lion.test);
  const brainstorm = gql`
    mutation Brainstorm {
      brainstorm(input: { instruction: "Name a bakery", count: 1 }, options: { waitMs: 20000 }) {
        ... on Operation {
          id
          output {
            ... on BrainstormOutput {
              ideas {
                id
                title
              }
            }
          }
        }
      }
    }
  `;
  lion.provider.answer(ideasJson('Crumb'), ideasJson('Loaf'));
  for (let times = 0; times < 2; times++) await client.mutate({ mutation: brainstorm });
  const operations = Object.entries(client.cache.extract() as Record<string, unknown>).filter(([key]) =>
    key.startsWith('Operation:'),
  );
  expect(operations.map(([, operation]) => operation)).toMatchObject([
    { output: { ideas: [{ title: 'Crumb' }] } },
    { output: { ideas: [{ title: 'Loaf' }] } },
  ]);
  client.stop();
});

test('what a resumed subscription says of an operation is in the cache, for whoever watches the operation', async () => {
  await using lion = await openProviderLion();
  const client = apolloClient({ url: lion.test.url, key: lion.test.key });
  const started = await client.mutate<{ brainstorm: { id: string } }>({
    mutation: gql`
      mutation Start {
        brainstorm(input: { instruction: "Name a bakery", count: 2 }) {
          ... on Operation {
            id
            status
          }
          ... on Error {
            code
            message
          }
        }
      }
    `,
  });
  const { id } = started.data!.brainstorm;
  const seen: string[] = [];
  const watching = client
    .watchQuery<{ operation: { status: string } }>({
      query: gql`
        query Operation($id: ID!) {
          operation(id: $id) {
            id
            status
          }
        }
      `,
      variables: { id },
    })
    .subscribe(({ data }) => {
      if (data?.operation) seen.push((data.operation as { status: string }).status);
    });
  const asked = await lion.provider.nextRequest();
  const following = new Promise<void>((complete, error) => {
    client
      .subscribe({
        query: gql`
          subscription Events($id: ID!, $after: Int! = 0) {
            operationEvents(operationId: $id, after: $after) {
              seq
              operation {
                id
                status
              }
            }
          }
        `,
        variables: { id },
      })
      .subscribe({ complete, error });
  });
  await expect.poll(() => seen.at(-1)).toBe('RUNNING');
  asked.writeText(ideasJson('Crumb', 'Loaf'));
  asked.finish();
  await following;
  await expect.poll(() => seen.at(-1)).toBe('SUCCEEDED');
  watching.unsubscribe();
  client.stop();
});
