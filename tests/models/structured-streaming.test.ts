import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { generate } from '../../src/models/generate.ts';
import { openProviderServer } from '../support/provider-server.ts';
import { gate, modelAt, neverCancelled, served } from './models-at.ts';

const ideas = z.object({ ideas: z.array(z.object({ title: z.string(), weight: z.number() })) });

describe.each(served)('%s', (name) => {
  test('streams a structured answer through the real provider package', async () => {
    await using provider = await openProviderServer();
    provider.answer('{"ideas":[{"title":"Sourdough 🥖 evenings","weight":1},{"title":"Bread by bike","weight":2}]}');
    const seen: unknown[] = [];
    const generated = await generate({
      model: await modelAt(provider, name),
      system: 'You are terse.',
      prompt: 'Name a bakery',
      schema: ideas,
      elements: 'ideas',
      onElement: (element, index) => seen.push([index, element]),
      signal: neverCancelled,
    });
    expect(generated.value.ideas).toEqual([
      { title: 'Sourdough 🥖 evenings', weight: 1 },
      { title: 'Bread by bike', weight: 2 },
    ]);
    expect(seen).toEqual(generated.value.ideas.map((idea, index) => [index, idea]));
    expect(generated.modelId).toBe(name.replace('.responses', ''));
    expect(generated.usage).toEqual({
      inputTokens: 11,
      outputTokens: 7,
      // Ollama does not tell.
      cachedTokens: name.startsWith('ollama') ? 0 : 4,
      reasoningTokens: name === 'openai.responses/gpt-5-mini' ? 2 : 0,
      // Nobody knows what a server of one's own charges.
      cost: name.startsWith('ollama') ? 0 : name.startsWith('openai.responses') ? expect.any(Number) : null,
    });
    const sent = JSON.stringify(provider.requests[0]?.body);
    for (const part of ['You are terse.', 'Name a bakery', 'Answer with one JSON document']) expect(sent).toContain(part);
  });

  test('hands an element out when it closes, while the rest is still to come', async () => {
    await using provider = await openProviderServer();
    const first = gate<unknown>();
    const answer = generate({
      model: await modelAt(provider, name),
      prompt: 'Name a bakery',
      schema: ideas,
      elements: 'ideas',
      onElement: (element, index) => index === 0 && first.resolve(element),
      signal: neverCancelled,
    });
    const request = await provider.nextRequest();
    request.writeText('{"ideas":[{"title":"Crumb","weight":1');
    // The brace alone changes no value that could be repaired from what came before.
    request.writeText('}');
    expect(await first.promise).toEqual({ title: 'Crumb', weight: 1 });
    request.writeText(']}');
    request.finish();
    expect((await answer).value).toEqual({ ideas: [{ title: 'Crumb', weight: 1 }] });
  });

  test('streams text, and says what failed before', async () => {
    await using provider = await openProviderServer();
    const deltas: string[] = [];
    const first = gate<void>();
    const answer = generate<string>({
      model: await modelAt(provider, name),
      prompt: 'Write a line',
      earlier: [
        { output: 'Sure!', complaint: 'Too short.' },
        { output: '', complaint: 'You said nothing.' },
      ],
      onText: (delta) => {
        deltas.push(delta);
        first.resolve();
      },
      signal: neverCancelled,
    });
    const request = await provider.nextRequest();
    request.writeText('Warm ');
    await first.promise;
    request.writeText('bread.');
    request.finish();
    expect(await answer).toMatchObject({ value: 'Warm bread.', text: 'Warm bread.' });
    expect(deltas.join('')).toBe('Warm bread.');
    const sent = JSON.stringify(request.body);
    const positions = ['Write a line', 'Sure!', 'Too short.', '(no answer)', 'You said nothing.'].map((said) =>
      sent.indexOf(said),
    );
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
    expect(positions).not.toContain(-1);
  });

  test('keeps reasoning apart from the answer, and hands it out as it comes', async () => {
    await using provider = await openProviderServer();
    const reasoning: string[] = [];
    const first = gate<void>();
    const answer = generate({
      model: await modelAt(provider, name),
      prompt: 'Name a bakery',
      schema: ideas,
      onReasoning: (delta) => {
        reasoning.push(delta);
        first.resolve();
      },
      signal: neverCancelled,
    });
    const request = await provider.nextRequest();
    request.writeReasoning('They want {"ideas":[]}, or so.');
    await first.promise;
    request.writeText('{"ideas":[{"title":"Crumb","weight":1}]}');
    request.finish();
    expect(await answer).toMatchObject({
      value: { ideas: [{ title: 'Crumb', weight: 1 }] },
      text: '{"ideas":[{"title":"Crumb","weight":1}]}',
    });
    expect(reasoning.join('')).toBe('They want {"ideas":[]}, or so.');
  });

  test('takes what a model thinks aloud for reasoning, however it is cut into deltas', async () => {
    await using provider = await openProviderServer();
    const model = await modelAt(provider, name);
    for (const length of [1, 3, 7, 1000]) {
      const seen = { reasoning: '', text: '', elements: [] as unknown[] };
      provider.answer((exchange) => {
        const said = '\n<think>Is 1 < 2? </thin> {"ideas":[7]}</think>\n\n{"ideas":[{"title":"<think>","weight":1}]}';
        for (let at = 0; at < said.length; at += length) exchange.writeText(said.slice(at, at + length));
        exchange.finish();
      });
      const { value, text } = await generate({
        model,
        prompt: 'Name a bakery',
        schema: ideas,
        elements: 'ideas',
        onElement: (element) => seen.elements.push(element),
        onReasoning: (delta) => (seen.reasoning += delta),
        signal: neverCancelled,
      });
      expect(value).toEqual({ ideas: [{ title: '<think>', weight: 1 }] });
      expect(seen.elements).toEqual(value.ideas);
      expect(text).toBe('{"ideas":[{"title":"<think>","weight":1}]}');
      expect(seen.reasoning).toBe('Is 1 < 2? </thin> {"ideas":[7]}');
    }
  });
});

test.each([
  ['a tag further on', 'Say <think>aloud</think>.', 'Say <think>aloud</think>.', ''],
  ['white space before the answer', '  \n Bread.', '  \n Bread.', ''],
  ['a start that is no tag', '<thin ice', '<thin ice', ''],
  ['an end that is no tag', 'Bread.<thi', 'Bread.<thi', ''],
  ['two thoughts', '<think>a</think>Bread.<think>b</think>', 'Bread.<think>b</think>', 'a'],
  ['no thought at all', '<think></think>Bread.', 'Bread.', ''],
])('what is reasoning in a text with %s', async (_what, said, text, reasoning) => {
  await using provider = await openProviderServer();
  provider.answer(said);
  let seen = '';
  let thought = '';
  const generated = await generate<string>({
    model: await modelAt(provider, 'openai/x'),
    prompt: 'x',
    onText: (delta) => (seen += delta),
    onReasoning: (delta) => (thought += delta),
    signal: neverCancelled,
  });
  expect({ text: generated.text, seen, thought }).toEqual({ text, seen: text, thought: reasoning });
});

test('a thought without end is no answer, and is broken off when it becomes too long', async () => {
  await using provider = await openProviderServer();
  const model = await modelAt(provider, 'openai/x');
  let thought = '';
  provider.answer('<think>Let me see</thi');
  await expect(
    generate<string>({ model, prompt: 'x', onReasoning: (delta) => (thought += delta), signal: neverCancelled }),
  ).rejects.toMatchObject({ code: 'MODEL_OUTPUT_INVALID', complaint: 'The answer is empty; text was expected.' });
  expect(thought).toBe('Let me see</thi');
  const endless = generate<string>({ model, prompt: 'x', maxAnswerCharacters: 1000, signal: neverCancelled });
  const broken = expect(endless).rejects.toMatchObject({ finishReason: 'length', output: '' });
  const request = await provider.nextRequest();
  request.writeText(`<think>${'a'.repeat(1001)}`);
  await broken;
  await request.closed;
});

test('what a provider is told beside the prompt', async () => {
  await using provider = await openProviderServer();
  provider.answerAll('{"ideas":[]}');
  const ask = async (name: string, schema: z.ZodType): Promise<unknown> => {
    await generate({
      model: await modelAt(provider, name),
      prompt: 'x',
      schema,
      seed: 7,
      task: { task: 'fill', instruction: 'of no concern to others' },
      signal: neverCancelled,
    });
    const body = provider.requests.at(-1)?.body;
    expect(JSON.stringify(body)).not.toContain('of no concern');
    return body;
  };
  const loose = z.object({ ideas: z.array(z.string()), note: z.string().optional() });
  expect(await ask('openai/x', ideas)).toMatchObject({
    seed: 7,
    stream_options: { include_usage: true },
    response_format: { type: 'json_schema', json_schema: { strict: true, schema: { properties: { ideas: { type: 'array' } } } } },
  });
  // Strict mode knows no optional properties: it would refuse the request.
  expect(await ask('openai/x', loose)).toMatchObject({ response_format: { json_schema: { strict: false } } });
  expect(await ask('openai-compatible/x', loose)).toMatchObject({ response_format: { json_schema: { strict: false } } });
  expect(await ask('openai.responses/x', ideas)).toMatchObject({
    store: false,
    text: { format: { type: 'json_schema', strict: true } },
  });
  expect(await ask('ollama/x', ideas)).toMatchObject({ format: { type: 'object' }, options: { seed: 7 } });
  expect(await ask('anthropic/claude-sonnet-5-5', ideas)).toMatchObject({ output_config: { format: { type: 'json_schema' } } });
});
