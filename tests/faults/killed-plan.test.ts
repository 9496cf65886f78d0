import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createClient, type Client } from '../../src/client/index.ts';
import { until } from '../support/api.ts';
import { ideasJson, planJson, promptOf } from '../support/provider-lion.ts';
import { openProviderServer, type ProviderExchange } from '../support/provider-server.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';

const clientOf = ({ url, key }: ServerProcess): Client => createClient({ url, key, webSocketImpl: WebSocket });

/** What a request is for, in a word. */
function purposeOf(exchange: ProviderExchange): string {
  const prompt = promptOf(exchange);
  const step = /Your step is "([^"]+)"/.exec(prompt)?.[1] ?? /Break its step "([^"]+)"/.exec(prompt)?.[1];
  const idea = /<idea>[^]*"title": "([^"]+)"/.exec(prompt)?.[1];
  if (prompt.includes('Break its step')) return `expand ${step}`;
  if (step !== undefined) return step;
  if (prompt.includes('Develop this idea')) return `develop ${idea}`;
  return prompt.includes('Propose exactly') ? 'ideas' : 'plan';
}

const answers: Record<string, string> = {
  ideas: ideasJson('Golden Crust', 'Morning Crumb', 'Flour Power'),
  plan: planJson({ a: [], b: [], c: ['a', 'b'] }),
  'expand a': planJson({ x: [], y: ['x'] }),
  'expand b': planJson({ x: [] }),
  'expand c': planJson({ x: [], y: [] }),
};

const wanted = {
  plan: {
    input: { instruction: 'Open a bakery', expand: true, execute: true },
    requests: ['plan', 'expand a', 'expand b', 'expand c', 'a.x', 'a.y', 'b.x', 'c.x', 'c.y'],
  },
  brainstorm: {
    input: { instruction: 'Name a bakery', count: 3, explore: true },
    requests: ['ideas', 'develop Golden Crust', 'develop Morning Crumb', 'develop Flour Power'],
  },
};

describe.each(['plan', 'brainstorm'] as const)('a server that is killed in the middle of a %s with all its children', (kind) => {
  const { input, requests } = wanted[kind];
  it.each(requests.map((_, index) => index + 1))(
    'goes on from there: killed when request %i comes',
    async (fatal) => {
      using scratch = scratchFolder();
      await using provider = await openProviderServer();
      const env = { LION_MODEL: 'openai-compatible/x', LION_MODEL_BASE_URL: provider.openaiUrl, LION_MODEL_API_KEY: 'none' };
      const asked: string[] = [];
      const answered: string[] = [];
      let kill: (() => void) | undefined;
      const killed = new Promise<void>((resolve) => (kill = resolve));
      provider.answerAll((exchange) => {
        const purpose = purposeOf(exchange);
        asked.push(purpose);
        if (asked.length === fatal) kill!();
        // From then on nobody is answered, until there is another server.
        if (kill && asked.length >= fatal) return;
        answered.push(purpose);
        exchange.writeText(answers[purpose] ?? `result of ${purpose}`);
        exchange.finish();
      });
      let id: string;
      {
        await using server = await startServer(scratch.path, env);
        const client = clientOf(server);
        const document = `mutation ($input: ${kind === 'plan' ? 'PlanInput' : 'BrainstormInput'}!) { started: ${kind}(input: $input) { ... on Operation { id } } }`;
        ({ id } = (await client.query<{ started: { id: string } }>(document, { input })).started);
        await killed;
        // What was answered is recorded by then: none of it may be asked again.
        await until('all that was answered is recorded', async () => {
          const { operation } = await client.query<{ operation: { events: { nodes: unknown[] } } }>(
            `query ($id: ID!) { operation(id: $id) { events(types: [StepSucceeded], first: 1000) { nodes { seq } } } }`,
            { id },
          );
          return operation.events.nodes.length === answered.length;
        });
        await server.kill('SIGKILL');
        await client.close();
      }
      kill = undefined;
      await using server = await startServer(scratch.path, env);
      const client = clientOf(server);
      const seqs: number[] = [];
      let last = '';
      const changes: string[] = [];
      for await (const event of client.followOperation(id)) {
        seqs.push(event.seq);
        last = event.type;
        if (event.type === 'PlanStepChanged') changes.push(`${event.planStep.id} ${event.planStep.status}`);
      }
      expect(last).toBe('OperationSucceeded');
      // What was told before the kill is not told again.
      expect(changes).toEqual([...new Set(changes)]);
      // All of the session is of this operation, but for its first event.
      expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 2));
      expect(answered.toSorted()).toEqual(requests.toSorted());
      const { operation } = await client.query<{
        operation: { children: { childName: string; status: string; attempt: number }[]; planSteps: { status: string }[] | null };
      }>(`query ($id: ID!) { operation(id: $id) { children { childName status attempt } planSteps { status } } }`, { id });
      const names = operation.children.map(({ childName }) => childName);
      expect(new Set(names).size).toBe(names.length);
      expect(names.toSorted()).toEqual(kind === 'plan' ? ['a.x', 'a.y', 'b.x', 'c.x', 'c.y'] : ['idea-1', 'idea-2', 'idea-3']);
      for (const { status } of [...operation.children, ...(operation.planSteps ?? [])]) expect(status).toBe('SUCCEEDED');
      await client.close();
    },
    60_000,
  );
});
