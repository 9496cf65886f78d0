import { cacheExchange, Client, fetchExchange, gql } from '@urql/core';
import { resumeExchange } from 'lion/client/urql';

const { url = 'http://127.0.0.1:8000', key = '' } = Object.fromEntries(new URLSearchParams(location.search));
const status = document.querySelector('#status')!;
const ideas = document.querySelector('#ideas')!;

const client = new Client({
  url: `${url}/graphql`,
  fetchOptions: { headers: { 'x-api-key': key } },
  exchanges: [
    cacheExchange,
    resumeExchange({
      url,
      key,
      onDisconnect: () => (status.textContent = 'The connection is lost; trying again'),
      onReconnect: () => (status.textContent = 'The connection is back'),
    }),
    fetchExchange,
  ],
});

const brainstorm = gql<{ brainstorm: { id?: string; message?: string } }, { instruction: string }>`
  mutation Brainstorm($instruction: String!) {
    brainstorm(input: { instruction: $instruction, count: 3 }) {
      ... on Operation {
        id
      }
      ... on Error {
        message
      }
    }
  }
`;

// `after` makes it exact: what was seen does not come again, and nothing is left out, whatever happens to the connection.
const events = gql<{ operationEvents: { seq: number; type: string; idea?: { title: string } } }, { id: string; after?: number }>`
  subscription Events($id: ID!, $after: Int! = 0) {
    operationEvents(operationId: $id, after: $after) {
      seq
      type
      ... on IdeaProposed {
        idea {
          title
        }
      }
    }
  }
`;

async function start(instruction: string): Promise<void> {
  const { data, error } = await client.mutation(brainstorm, { instruction }).toPromise();
  const id = data?.brainstorm.id;
  if (id !== undefined) return follow(id);
  status.textContent = error?.message ?? data!.brainstorm.message!;
}

function follow(id: string): void {
  client.subscription(events, { id }).subscribe(({ data, error }) => {
    if (error) return void (status.textContent = error.message);
    const { type, idea } = data!.operationEvents;
    // What an earlier try of the step proposed is void.
    if (type === 'StepStarted') ideas.replaceChildren();
    if (idea) ideas.append(Object.assign(document.createElement('li'), { textContent: idea.title }));
    status.textContent = type;
  });
}

document.querySelector('form')!.addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  void start(document.querySelector('input')!.value);
});
