import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LanguageModelV3CallOptions, LanguageModelV3StreamPart } from '@ai-sdk/provider';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { generate, type GenerateRequest } from '../../src/models/generate.ts';
import { openModels, type Models } from '../../src/models/language-model.ts';
import { recordModels } from '../../src/models/recording/record.ts';
import { replayModels } from '../../src/models/recording/replay.ts';
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts';
import { scratchFolder } from '../support/scratch.ts';
import { served, settingsFor } from './models-at.ts';

const key = 'sk-planted-0123456789abcdef';
const ideas = z.object({ ideas: z.array(z.object({ title: z.string() })) });
const twoIdeas = '{"ideas":[{"title":"Crumb 🥐 and crust"},{"title":"The loaf"}]}';

/** Models whose names are those of `served`, at the test's provider. */
function modelsAt(provider: ProviderServer, name: string): Promise<Models> {
  const prefix = name.split('/', 1)[0];
  const baseUrl = prefix === 'google' ? provider.googleUrl : prefix === 'ollama' ? provider.url : provider.openaiUrl;
  return openModels(settingsFor(name, { baseUrl, apiKey: key }));
}

/** One model call, and everything that it told of. */
async function ask(models: Models, request: Partial<GenerateRequest<unknown>> = {}) {
  const elements: unknown[] = [];
  const texts: string[] = [];
  const { value, text, usage, modelId } = await generate<unknown>({
    prompt: 'Name a bakery',
    signal: new AbortController().signal,
    ...request,
    model: await models.languageModel(),
    onElement: (element) => void elements.push(element),
    onText: (delta) => void texts.push(delta),
  });
  return { value, text, usage, modelId, elements, said: texts.join(''), deltas: texts.length };
}

const askForIdeas = (models: Models, prompt = 'Name a bakery') =>
  ask(models, { system: 'You find names.', prompt, schema: ideas, elements: 'ideas', seed: 7 });

async function partsOf(stream: ReadableStream<LanguageModelV3StreamPart>): Promise<LanguageModelV3StreamPart[]> {
  const parts: LanguageModelV3StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

const linesOf = (file: string): string[] => readFileSync(file, 'utf8').trimEnd().split('\n');

/** A recording of one exchange: the request for ideas, answered with two. */
async function recordIdeas(file: string, prompt?: string): Promise<void> {
  await using provider = await openProviderServer();
  provider.answer(twoIdeas);
  await using models = recordModels(await modelsAt(provider, 'openai/test'), file);
  await askForIdeas(models, prompt);
}

describe('a recording, played back when the provider is gone', () => {
  const names = served.filter((name) => !name.startsWith('openai.responses'));

  test.each(names)('%s says the same again, in pieces, with its usage', async (name) => {
    using folder = scratchFolder();
    const file = join(folder.path, 'made', 'for', 'it', 'ideas.jsonl');
    const before: Awaited<ReturnType<typeof ask>>[] = [];
    let provider: ProviderServer;
    {
      await using server = await openProviderServer();
      provider = server;
      server.answer(twoIdeas, 'Once upon a time there was a bakery. It had no name, and nobody could find it.'.repeat(5));
      await using models = recordModels(await modelsAt(server, name), file);
      before.push(await askForIdeas(models));
      before.push(await ask(models));
    }
    expect(provider.requests).toHaveLength(2);
    const replay = await replayModels(file);
    expect(replay.default.name).toBe(name);
    const [withIdeas, prose] = [await askForIdeas(replay), await ask(replay)];
    expect(withIdeas).toEqual(before[0]);
    expect(withIdeas.elements).toHaveLength(2);
    expect({ ...prose, deltas: 0 }).toEqual({ ...before[1]!, deltas: 0 });
    expect(prose.deltas).toBeGreaterThan(3);
    expect(prose.deltas).toBeLessThan(before[1]!.deltas / 2);
    expect(replay.unused()).toEqual([]);
    expect(provider.requests).toHaveLength(2);
    // No key, no header.
    expect(JSON.stringify(provider.requests.map(({ headers }) => headers))).toContain(key);
    expect(readFileSync(file, 'utf8')).not.toMatch(/planted|bearer|authorization|api-key|user-agent/i);
    // Nothing that is new each time.
    expect(readFileSync(file, 'utf8')).not.toMatch(/chat-1|msg_1|timestamp|providerMetadata/);
  });

  test('what the builtin model says, without a network from the start', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'builtin.jsonl');
    const builtin = await openModels(settingsFor('builtin'));
    const task = (count: number) => ({ task: { task: 'brainstorm', instruction: 'Name a bakery', count }, schema: ideas });
    const before = await ask(recordModels(builtin, file), task(2));
    const replay = await replayModels(file);
    expect(await ask(replay, task(2))).toEqual(before);
    await expect(ask(replay, task(3))).rejects.toThrow(
      /differs in providerOptions\.builtin\.count: "2" was recorded, "3" is asked\./,
    );
  });

  test('recording the same twice gives the same file', async () => {
    using folder = scratchFolder();
    const [a, b] = [join(folder.path, 'a.jsonl'), join(folder.path, 'b.jsonl')];
    await recordIdeas(a);
    await recordIdeas(b);
    expect(readFileSync(a, 'utf8')).toBe(readFileSync(b, 'utf8'));
    expect(linesOf(a)[0]).toBe('{"lion":"recording","version":1,"model":"openai/test"}');
    expect(linesOf(a)).toHaveLength(2);
  });

  test('what runs in parallel may come in any order', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'many.jsonl');
    const prompts = Array.from({ length: 12 }, (_, index) => `Name bakery number ${index}`);
    {
      await using provider = await openProviderServer();
      provider.answerAll((exchange) => {
        exchange.writeText(`{"ideas":[{"title":"${exchange.body.messages.at(-1).content}"}]}`);
        exchange.finish();
      });
      await using models = recordModels(await modelsAt(provider, 'openai/test'), file);
      await Promise.all(prompts.map((prompt) => askForIdeas(models, prompt)));
    }
    const replay = await replayModels(file);
    const answers = await Promise.all(prompts.toReversed().map((prompt) => askForIdeas(replay, prompt)));
    expect(answers.map(({ value }) => value)).toEqual(prompts.toReversed().map((title) => ({ ideas: [{ title }] })));
    expect(replay.unused()).toEqual([]);
  });

  test('nonsense, and the answer to the complaint about it', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'nonsense.jsonl');
    const converse = async (models: Models): Promise<unknown[]> => {
      const refused: { complaint: string; output: string } = await askForIdeas(models).catch((error) => error);
      const { complaint, output } = refused;
      return [complaint, await ask(models, { schema: ideas, earlier: [{ output, complaint }] })];
    };
    let before: unknown[];
    {
      await using provider = await openProviderServer();
      provider.answer('I would rather not, and tell you of my day.', twoIdeas);
      await using models = recordModels(await modelsAt(provider, 'openai/test'), file);
      before = await converse(models);
    }
    expect(before[0]).toMatch(/not JSON/);
    expect(await converse(await replayModels(file))).toEqual(before);
  });

  test('the same request several times: as often, in that order, and not once more', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'twice.jsonl');
    {
      await using provider = await openProviderServer();
      provider.answer('First.', 'Second.');
      await using models = recordModels(await modelsAt(provider, 'openai/test'), file);
      await ask(models);
      await ask(models);
    }
    const replay = await replayModels(file);
    expect(replay.unused()).toEqual(['line 2: openai/test: "Name a bakery"', 'line 3: openai/test: "Name a bakery"']);
    expect((await ask(replay)).text).toBe('First.');
    expect(replay.unused()).toHaveLength(1);
    expect((await ask(replay)).text).toBe('Second.');
    await expect(ask(replay)).rejects.toThrow(/It was recorded 2 times, and is asked for once more\./);
  });

  test('ends at once when it is cancelled', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'ideas.jsonl');
    await recordIdeas(file);
    const cancel = new AbortController();
    const replay = await replayModels(file);
    const asking = generate({
      model: await replay.languageModel(),
      system: 'You find names.',
      prompt: 'Name a bakery',
      schema: ideas,
      elements: 'ideas',
      seed: 7,
      signal: cancel.signal,
      onElement: () => cancel.abort(new Error('enough')),
    });
    await expect(asking).rejects.toThrow('enough');
  });
});

describe('a request that was not recorded', () => {
  test('fails for good, and says which, where, and what the most similar one differs in', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'ideas.jsonl');
    await recordIdeas(file, 'Name a bakery by the sea');
    const asking = askForIdeas(await replayModels(file), 'Name a bakery by the lake');
    await expect(asking).rejects.toMatchObject({ code: 'MODEL_NOT_RECORDED', retryable: false });
    const message = await asking.catch((error: Error) => error.message);
    expect(message).toBe(
      `The recording ${file} holds no answer of openai/test to the request "Name a bakery by the lake". ` +
        'The most similar request that it holds (line 2) differs in prompt[1].content[0].text: ' +
        '"…ame a bakery by the sea" was recorded, "…ame a bakery by the lake" is asked. ' +
        'If what is asked has changed on purpose, record it again.',
    );
  });

  test('shows no more than 200 characters of the prompt', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'ideas.jsonl');
    await recordIdeas(file);
    const asking = askForIdeas(await replayModels(file), 'x'.repeat(50_000));
    await expect(asking).rejects.toThrow(new RegExp(`the request "x{200}…"`));
    await expect(asking).rejects.toThrow(/^[^]{1,1000}$/);
  });

  test('a model that was not recorded is not known; one that was, by whatever spelling', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'ideas.jsonl');
    await recordIdeas(file);
    const replay = await replayModels(file);
    expect(replay.canonicalName(' OpenAI/test ')).toBe('openai/test');
    expect(replay.canonicalName('auto')).toBe('openai/test');
    expect(replay.chain('anthropic/other,openai/test')).toEqual(['openai/test']);
    await expect(replay.languageModel('anthropic/other')).rejects.toMatchObject({
      code: 'MODEL_UNKNOWN',
      message: `The recording ${file} holds nothing of anthropic/other; the models that it holds: openai/test`,
    });
  });

  test('a chain is asked for as it was, but for those of it that never answered', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'chain.jsonl');
    await using provider = await openProviderServer();
    provider.answer((exchange) => exchange.fail(401));
    const opened = await openModels(settingsFor('openai/test,builtin', { baseUrl: provider.openaiUrl, apiKey: key }));
    const names = recordModels(opened, file);
    await expect(ask(names)).rejects.toMatchObject({ code: 'MODEL_UNAUTHORIZED' });
    const request = { prompt: 'Name a bakery', signal: new AbortController().signal };
    const { text } = await generate({ ...request, model: await names.languageModel('builtin') });
    const replay = await replayModels(file);
    expect(replay.default.name).toBe('openai/test,builtin');
    expect(replay.canonicalName()).toBe('openai/test,builtin');
    expect(replay.chain()).toEqual(['builtin']);
    expect((await generate({ ...request, model: await replay.languageModel() })).text).toBe(text);
  });

  test('a recording without exchanges is one', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'empty.jsonl');
    await using _models = recordModels(await openModels(settingsFor('builtin')), file);
    await expect(ask(await replayModels(file))).rejects.toThrow(/It holds no exchange at all\./);
  });
});

describe('what is not kept', () => {
  test('calls that fail, that are cut off and that are cancelled', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'ideas.jsonl');
    await using provider = await openProviderServer();
    await using models = recordModels(await modelsAt(provider, 'openai/test'), file);
    provider.answer(
      (exchange) => exchange.fail(500),
      (exchange) => {
        exchange.writeText('{"ideas":[');
        exchange.destroy();
      },
      (exchange) => {
        exchange.writeText('{"ideas":[');
        exchange.failInStream('server_error', 'No more');
      },
    );
    for (let call = 0; call < 3; call++) await expect(askForIdeas(models)).rejects.toThrow();
    const cancel = new AbortController();
    const asking = ask(models, { signal: cancel.signal });
    const exchange = await provider.nextRequest();
    exchange.writeText('{"ideas":[');
    cancel.abort(new Error('enough'));
    await expect(asking).rejects.toThrow('enough');
    await exchange.closed;
    provider.answer(twoIdeas);
    await askForIdeas(models);
    expect(linesOf(file)).toHaveLength(2);
    expect((await askForIdeas(await replayModels(file))).elements).toHaveLength(2);
  });
});

describe('a model of a recording or a replay, used by itself', () => {
  const prompt: LanguageModelV3CallOptions['prompt'] = [{ role: 'user', content: [{ type: 'text', text: 'Name a bakery' }] }];

  test('keeps nothing of a stream that told of an error, though it came to its finish', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'ideas.jsonl');
    await using provider = await openProviderServer();
    provider.answer((exchange) => {
      exchange.writeText('{"ideas":[');
      exchange.failInStream('server_error', 'No more');
    });
    const models = recordModels(await modelsAt(provider, 'openai/test'), file);
    const { stream } = await (await models.languageModel()).doStream({ prompt });
    const types = (await partsOf(stream)).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['error', 'finish']));
    expect(linesOf(file)).toHaveLength(1);
  });

  test('has no part in who asks: headers, signal', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'ideas.jsonl');
    await using provider = await openProviderServer();
    provider.answer('A name.');
    const models = recordModels(await modelsAt(provider, 'openai/test'), file);
    const headers = { authorization: `Bearer ${key}`, 'x-user': 'somebody' };
    const { stream } = await (await models.languageModel()).doStream({ prompt, headers, includeRawChunks: true });
    await partsOf(stream);
    expect(readFileSync(file, 'utf8')).not.toMatch(/planted|somebody|includeRawChunks|"raw"[^:]/);
    const model = await (await replayModels(file)).languageModel();
    const { signal } = new AbortController();
    const replayed = await model.doStream({ prompt, abortSignal: signal });
    expect((await partsOf(replayed.stream)).at(-1)).toMatchObject({ type: 'finish', finishReason: { unified: 'stop' } });
  });

  test('stops its replay when the signal fires, with its reason', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'ideas.jsonl');
    const builtin = await openModels(settingsFor('builtin'));
    const recorded = await (await recordModels(builtin, file).languageModel()).doStream({ prompt });
    await partsOf(recorded.stream);
    const model = await (await replayModels(file)).languageModel();
    const cancel = new AbortController();
    const { stream } = await model.doStream({ prompt, abortSignal: cancel.signal });
    const reader = stream.getReader();
    await reader.read();
    cancel.abort(new Error('enough'));
    reader.releaseLock();
    await expect(partsOf(stream)).rejects.toThrow('enough');
    await expect(model.doStream({ prompt, abortSignal: cancel.signal })).rejects.toThrow('enough');
  });
});

describe('the file', () => {
  test('can be used while it is still being recorded, and after a crash in the middle of a line', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'ideas.jsonl');
    await using provider = await openProviderServer();
    provider.answer(twoIdeas, 'A text.');
    // Not disposed of: the process is gone.
    const models = recordModels(await modelsAt(provider, 'openai/test'), file);
    const before = await askForIdeas(models);
    expect(await askForIdeas(await replayModels(file))).toEqual(before);
    await ask(models);
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, -40));
    const replay = await replayModels(file);
    expect(await askForIdeas(replay)).toEqual(before);
    await expect(ask(replay)).rejects.toMatchObject({ code: 'MODEL_NOT_RECORDED' });
  });

  test('is replaced when the first exchange comes, and not before', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'ideas.jsonl');
    await recordIdeas(file, 'Name a bakery by the sea');
    const before = readFileSync(file, 'utf8');
    await using provider = await openProviderServer();
    await using models = recordModels(await modelsAt(provider, 'openai/test'), file);
    provider.answer((exchange) => exchange.fail(401), twoIdeas);
    await expect(askForIdeas(models)).rejects.toThrow();
    expect(readFileSync(file, 'utf8')).toBe(before);
    await askForIdeas(models);
    expect(linesOf(file)).toHaveLength(2);
    expect(readFileSync(file, 'utf8')).not.toContain('by the sea');
  });

  test('that is no recording is left as it is', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'README.md');
    writeFileSync(file, '# Mine\n');
    const builtin = await openModels(settingsFor('builtin'));
    expect(() => recordModels(builtin, file)).toThrow(/exists, and is no recording: it is left as it is/);
    expect(() => recordModels(builtin, folder.path)).toThrow(expect.objectContaining({ code: 'RECORDING_UNUSABLE' }));
    expect(() => recordModels(builtin, join(file, 'inside.jsonl'))).toThrow(/cannot be written \(E\w+\)/);
    expect(readFileSync(file, 'utf8')).toBe('# Mine\n');
    await expect(replayModels(file)).rejects.toThrow(`line 1 of ${file} is not the header of a recording`);
  });

  test('that cannot be written any more fails the call: nothing is missing in silence', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'inner', 'ideas.jsonl');
    await using provider = await openProviderServer();
    await using models = recordModels(await modelsAt(provider, 'openai/test'), file);
    rmSync(dirname(file), { recursive: true });
    provider.answer(twoIdeas, twoIdeas);
    await expect(askForIdeas(models)).rejects.toMatchObject({ code: 'RECORDING_UNUSABLE', retryable: false });
    mkdirSync(dirname(file));
    await askForIdeas(models);
    expect(existsSync(file)).toBe(true);
  });

  test.each([
    ['no JSON', '{"model":"openai/test",\n{}\n', /line 3 of \S+ is not JSON/],
    ['another shape', '{"model":"openai/test"}\n', /line 3 of \S+ is no exchange: provider: /],
    [
      'no end',
      '{"model":"m","provider":"p","modelId":"m","request":{"prompt":[]},"answer":[{"type":"text-start","id":"0"}]}\n',
      /line 3 of \S+ is no exchange: answer: must end with a part of the type "finish"/,
    ],
  ])('that is damaged is refused, and the line named: %s', async (_, line, complaint) => {
    using folder = scratchFolder();
    const file = join(folder.path, 'ideas.jsonl');
    await recordIdeas(file);
    appendFileSync(file, line);
    await expect(replayModels(file)).rejects.toThrow(complaint);
    await expect(replayModels(file)).rejects.toMatchObject({ code: 'RECORDING_UNUSABLE', retryable: false, line: 3 });
  });

  test('of a newer Lion, or that is not there, is refused', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'ideas.jsonl');
    await expect(replayModels(file)).rejects.toThrow(`${file} does not exist; record it first`);
    writeFileSync(file, '{"lion":"recording","version":2,"model":"builtin"}\n');
    await expect(replayModels(file)).rejects.toThrow(/line 1 of \S+ says version 2; this Lion reads up to 1/);
  });

  test('may have come through an editor or a checkout that ends lines otherwise', async () => {
    using folder = scratchFolder();
    const file = join(folder.path, 'ideas.jsonl');
    await recordIdeas(file);
    writeFileSync(file, `${readFileSync(file, 'utf8').replaceAll('\n', '\r\n')}\r\n`);
    expect((await askForIdeas(await replayModels(file))).elements).toHaveLength(2);
  });
});
