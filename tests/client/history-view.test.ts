import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import {
  applyEvent,
  contentOf,
  createClient,
  emptyHistory,
  type Client,
  type Event,
  type HistoryView,
  type OperationContent,
} from '../../src/client/index.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { ideasJson, openProviderLion } from '../support/provider-lion.ts';
import { openProviderServer } from '../support/provider-server.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer } from '../support/server-process.ts';

const clientOf = ({ url, key }: Pick<TestLion, 'url' | 'key'>): Client & AsyncDisposable => {
  const client = createClient({ url, key, webSocketImpl: WebSocket });
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
};

async function eventsOf(client: Client, operationId: string): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of client.followOperation(operationId)) events.push(event);
  return events;
}

const viewOf = (events: readonly Event[]): HistoryView => events.reduce(applyEvent, emptyHistory);

const contentIn = (history: HistoryView, id: string): OperationContent => contentOf(history.operations.get(id)!);

const titlesIn = (history: HistoryView, id: string): string[] => contentIn(history, id).ideas.map(({ title }) => title);

describe('the view of a history', () => {
  test('is what the operation says of itself, and was so before its terminal event', async () => {
    await using lion = await openTestLion();
    await using client = clientOf(lion);
    const instruction = 'Name a bakery';
    const started = [
      await client.brainstorm({ instruction, explore: true }),
      await client.plan({ instruction, expand: true, execute: true }),
      await client.perform({ instruction }),
      await client.run({ instruction }),
    ];
    for (const { id, kind } of started) {
      const events = await eventsOf(client, id);
      const history = viewOf(events);
      const operation = (await client.operation(id))!;
      const view = history.operations.get(id)!;
      const { status, output, error, attempt, startedAt, finishedAt } = operation;
      expect(view).toMatchObject({ kind, status, output, error: error ?? undefined, attempt, startedAt, finishedAt });
      expect(history.rootIds).toEqual([id]);
      const before = viewOf(events.slice(0, -1));
      expect(before.operations.get(id)!.status).toBe('RUNNING');
      const [provisional, final] = [contentIn(before, id), contentIn(history, id)];
      expect(final.isFinal).toBe(true);
      if (kind === 'brainstorm') {
        expect(provisional.ideas.map(({ title }) => title)).toEqual(final.ideas.map(({ title }) => title));
        expect(view.childIds).toHaveLength(3);
      }
      if (kind === 'plan') {
        expect(provisional.planSteps).toEqual(final.planSteps);
        expect(final.planSteps).toEqual(operation.planSteps!.flatMap(({ steps, ...step }) => [step, ...steps]));
        expect(new Set(final.planSteps.map((step) => step.status))).toEqual(new Set(['SUCCEEDED']));
      }
      if (kind === 'perform') expect(provisional.text.trim()).toBe(final.text);
      if (kind === 'run') expect(view.childIds.map((child) => history.operations.get(child)!.kind)).toContain('brainstorm');
    }
  });

  test('holds nothing of a try that another one superseded, at no moment', async () => {
    await using lion = await openProviderLion();
    await using client = clientOf(lion.test);
    const { id } = await client.brainstorm({ instruction: 'Name a bakery', count: 2 });
    const cut = await lion.provider.nextRequest();
    cut.writeText(ideasJson('Crumb', 'Crust').slice(0, -20));
    let history = emptyHistory;
    const titles: string[][] = [];
    for await (const event of client.followOperation(id)) {
      history = applyEvent(history, event);
      titles.push(titlesIn(history, id));
      if (event.type !== 'IdeaProposed' || event.try > 1) continue;
      lion.provider.answer(ideasJson('Loaf', 'Rise'));
      cut.destroy();
    }
    const changes = titles.filter((now, index) => now.join() !== titles[index - 1]?.join());
    expect(changes).toEqual([[], ['Crumb'], [], ['Loaf'], ['Loaf', 'Rise']]);
    expect(history.operations.get(id)!.steps[0]).toMatchObject({ try: 2, isFinal: true });
  });

  test('nor of a try that ended with its process', { timeout: 60_000 }, async () => {
    using folder = scratchFolder();
    await using provider = await openProviderServer();
    const env = { LION_MODEL: 'openai-compatible/test', LION_MODEL_BASE_URL: provider.openaiUrl };
    const server = await startServer(folder.path, env);
    await using client = clientOf(server);
    const { id } = await client.brainstorm({ instruction: 'Name a bakery', count: 2 });
    const asked = await provider.nextRequest();
    asked.writeText(ideasJson('Crumb', 'Crust').slice(0, -20));
    let history = emptyHistory;
    let again: AsyncDisposable | undefined;
    for await (const event of client.followOperation(id)) {
      history = applyEvent(history, event);
      if (event.type !== 'IdeaProposed' || again) continue;
      expect(titlesIn(history, id)).toEqual(['Crumb']);
      await server.kill();
      provider.answer(ideasJson('Loaf', 'Rise'));
      again = await startServer(folder.path, { ...env, LION_PORT: new URL(server.url).port });
    }
    await again![Symbol.asyncDispose]();
    expect(titlesIn(history, id)).toEqual(['Loaf', 'Rise']);
    expect(history.operations.get(id)).toMatchObject({ isRecovered: true, attempt: 2, status: 'SUCCEEDED' });
  });

  test('never changes: each event gives another one, and a repeated event the same', async () => {
    await using lion = await openTestLion();
    await using client = clientOf(lion);
    const { id } = await client.run({ instruction: 'Name a bakery' });
    const events = await eventsOf(client, id);
    let history = emptyHistory;
    const said: [HistoryView, string][] = [];
    const asText = (view: HistoryView): string => JSON.stringify({ ...view, operations: [...view.operations] });
    for (const event of events) {
      const next = applyEvent(history, event);
      expect(next).not.toBe(history);
      expect(applyEvent(next, event)).toBe(next);
      history = next;
      said.push([history, asText(history)]);
    }
    expect(said.length).toBeGreaterThan(10);
    for (const [view, text] of said) expect(asText(view)).toBe(text);
  });
});
