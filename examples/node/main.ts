// The typed client: node main.ts <url> <key>
import { createClient } from 'lion/client';
import { WebSocket } from 'ws';

const [url = 'http://127.0.0.1:8000', key = ''] = process.argv.slice(2);
// `webSocketImpl` is for Node before 22, which has no WebSocket of its own.
const client = createClient({ url, key, webSocketImpl: WebSocket });

const { id } = await client.run({ instruction: 'Name a bakery', count: 3 });
for await (const event of client.followOperation(id)) {
  if (event.type === 'IdeaProposed') console.log('idea:', event.idea.title);
  if (event.type === 'PlanStepProposed') console.log('step:', event.planStep.title);
}

const operation = await client.operation(id);
if (operation?.output?.__typename === 'RunOutput') console.log('selected:', operation.output.selectedIdea.title);
console.log(operation?.status);
await client.close();
