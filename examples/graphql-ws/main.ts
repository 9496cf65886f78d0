// The client of graphql-ws alone: node main.ts <url> <key>
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

const [url = 'http://127.0.0.1:8000', key = ''] = process.argv.slice(2);

const client = createClient({
  url: `${url.replace('http', 'ws')}/graphql`,
  connectionParams: { 'X-API-Key': key },
  webSocketImpl: WebSocket,
  retryAttempts: Infinity,
  shouldRetry: () => true,
});

const started = client.iterate<{ brainstorm: { id: string } }>({
  query: `mutation { brainstorm(input: { instruction: "Name a bakery", count: 3 }) { ... on Operation { id } } }`,
});
const { value } = await started.next();
if (!value?.data) throw new Error(JSON.stringify(value?.errors));

// It sends the same object again when it has connected again: with the cursor kept in it, it goes on from there.
const variables = { id: value.data.brainstorm.id, after: 0 };
client.subscribe<{ operationEvents: { seq: number; type: string; idea?: { title: string } } }>(
  {
    query: `
      subscription Events($id: ID!, $after: Int!) {
        operationEvents(operationId: $id, after: $after) { seq type ... on IdeaProposed { idea { title } } }
      }
    `,
    variables,
  },
  {
    next({ data }) {
      const { seq, type, idea } = data!.operationEvents;
      if (seq <= variables.after) return;
      variables.after = seq;
      console.log(seq, type, idea?.title ?? '');
    },
    error: (error) => console.error(error),
    complete: () => void client.dispose(),
  },
);
