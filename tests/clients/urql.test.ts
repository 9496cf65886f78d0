import { CombinedError, gql } from '@urql/core';
import { expect, test } from 'vitest';
import { openTestLion } from '../support/lion.ts';
import { urqlClient } from './followers.ts';

const sessionsQuery = gql<
  { sessions: { nodes: { id: string; title: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } } },
  { first: number; after?: string }
>`
  query Sessions($first: Int, $after: String) {
    sessions(first: $first, after: $after) {
      nodes {
        id
        title
      }
      pageInfo {
        endCursor
        hasNextPage
      }
    }
  }
`;

const createSession = gql<{ createSession: { id: string } }, { title: string }>`
  mutation CreateSession($title: String!) {
    createSession(input: { title: $title }) {
      ... on Session {
        id
        title
      }
    }
  }
`;

const updateSession = gql<{ updateSession: { code?: string; title?: string } }, { id: string; title: string }>`
  mutation UpdateSession($id: ID!, $title: String!) {
    updateSession(input: { id: $id, title: $title }) {
      __typename
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

test('urql queries, pages and mutates, and asks anew for what a mutation changed', async () => {
  await using lion = await openTestLion();
  const client = urqlClient({ url: lion.url, key: lion.key });
  for (const title of ['one', 'two', 'three']) await client.mutation(createSession, { title }).toPromise();
  const shown: string[][] = [];
  const watching = client.query(sessionsQuery, { first: 2 }).subscribe(({ data }) => {
    if (data) shown.push(data.sessions.nodes.map(({ title }) => title));
  });
  await expect.poll(() => shown.at(-1)).toEqual(['three', 'two']);
  const { data: first } = await client.query(sessionsQuery, { first: 2 }).toPromise();
  const { data: rest } = await client.query(sessionsQuery, { first: 2, after: first!.sessions.pageInfo.endCursor }).toPromise();
  expect(rest!.sessions).toMatchObject({ nodes: [{ title: 'one' }], pageInfo: { hasNextPage: false } });
  await client.mutation(updateSession, { id: first!.sessions.nodes[0]!.id, title: 'renamed' }).toPromise();
  await expect.poll(() => shown.at(-1)).toEqual(['renamed', 'two']);
  watching.unsubscribe();
});

test('urql reads the errors of unions as data, and those that cut across as its own', async () => {
  await using lion = await openTestLion();
  const client = urqlClient({ url: lion.url, key: lion.key });
  const refused = await client.mutation(updateSession, { id: 'ses_none', title: 'x' }).toPromise();
  expect(refused.data).toMatchObject({ updateSession: { __typename: 'SessionNotFoundError', code: 'SESSION_NOT_FOUND' } });
  const { error } = await urqlClient({ url: lion.url, key: 'wrong' }).query(sessionsQuery, { first: 1 }).toPromise();
  expect(error).toBeInstanceOf(CombinedError);
  expect(error!.graphQLErrors[0]!.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
});
