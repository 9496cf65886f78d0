import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { cacheOptions, resumeLink } from 'lion/client/apollo';

const { url = 'http://127.0.0.1:8000', key = '' } = Object.fromEntries(new URLSearchParams(location.search));
const status = document.querySelector('#status')!;
const ideas = document.querySelector('#ideas')!;

const client = new ApolloClient({
  link: ApolloLink.from([
    resumeLink({
      url,
      key,
      onDisconnect: () => (status.textContent = 'The connection is lost; trying again'),
      onReconnect: () => (status.textContent = 'The connection is back'),
    }),
    new HttpLink({ uri: `${url}/graphql`, headers: { 'x-api-key': key } }),
  ]),
  cache: new InMemoryCache(cacheOptions),
});

const brainstorm = gql`
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
const events = gql`
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

type Brainstorm = { brainstorm: { id?: string; message?: string } };
type Events = { operationEvents: { seq: number; type: string; idea?: { title: string } } };

async function start(instruction: string): Promise<void> {
  const { data } = await client.mutate<Brainstorm>({ mutation: brainstorm, variables: { instruction } });
  const { id, message } = data!.brainstorm;
  if (id !== undefined) return follow(id);
  status.textContent = message!;
}

function follow(id: string): void {
  client.subscribe<Events>({ query: events, variables: { id } }).subscribe({
    next({ data, error }) {
      if (error) return void (status.textContent = error.message);
      const { type, idea } = data!.operationEvents;
      // What an earlier try of the step proposed is void.
      if (type === 'StepStarted') ideas.replaceChildren();
      if (idea) ideas.append(Object.assign(document.createElement('li'), { textContent: idea.title }));
      status.textContent = type;
    },
    complete: () => (status.textContent += ', and that is all'),
  });
}

document.querySelector('form')!.addEventListener('submit', (submitted) => {
  submitted.preventDefault();
  void start(document.querySelector('input')!.value);
});
