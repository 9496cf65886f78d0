import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ModelOutputError } from '../../src/models/errors.ts';
import { generate, type GenerateRequest } from '../../src/models/generate.ts';
import { openProviderServer, type Answer } from '../support/provider-server.ts';
import { modelAt, neverCancelled } from './models-at.ts';

const schema = z.object({ ideas: z.array(z.object({ title: z.string() })).min(1) });
type Ideas = z.infer<typeof schema>;

/** How an OpenAI-compatible model's answer is refused. */
async function refusal(answer: Answer, more: Partial<GenerateRequest<Ideas>> = {}): Promise<ModelOutputError> {
  await using provider = await openProviderServer();
  provider.answer(answer);
  const thrown: unknown = await generate<Ideas>({
    model: await modelAt(provider, 'openai/x'),
    prompt: 'x',
    schema,
    signal: neverCancelled,
    ...more,
  }).then(
    () => expect.unreachable('the answer should have been refused'),
    (reason: unknown) => reason,
  );
  expect(thrown).toBeInstanceOf(ModelOutputError);
  const error = thrown as ModelOutputError;
  expect(error).toMatchObject({ code: 'MODEL_OUTPUT_INVALID', retryable: true, usage: { inputTokens: 11, outputTokens: 7 } });
  expect(error.message).toContain('openai/x');
  expect(error.message).toContain(error.complaint);
  return error;
}

describe('the model is told what was wrong', () => {
  test.each<[string, string, RegExp]>([
    ['prose', 'Sure! Here are some ideas: bread.', /not JSON: it begins with "Sure! Here are some ideas/],
    ['half a document', '{"ideas":[{"title":"a"},{"ti', /ends before it is complete/],
    ['half a string', '{"ideas":[{"title":"a', /ends before it is complete/],
    ['two commas', '{"ideas":[{"title":"a"},,{"title":"b"}]}', /not valid JSON/],
    ['another bracket', '{"ideas":[{"title":"a"}}', /not valid JSON: a bracket is closed that/],
    ['nothing', '', /is empty/],
    ['white space', ' \n\t', /is empty/],
    ['a wrong type', '{"ideas":[{"title":"a"},{"title":true}]}', /ideas\[1\]\.title: .*expected string, received boolean/],
    ['a missing field', '{"ideas":[{}]}', /ideas\[0\]\.title: .*expected string/],
    ['another root', '["a"]', /the document: .*expected object, received array/],
    ['too few', '{"ideas":[]}', /ideas: .*>=1/],
    ['null', 'null', /the document: .*expected object/],
    ['many faults', `{"ideas":[${'{},'.repeat(30)}{}]}`, /; and 21 more\.$/],
    ['a document without end', '['.repeat(200_000), /nested more than 100 levels deep/],
  ])('%s', async (_what, answer, complaint) => {
    const error = await refusal(answer);
    expect(error.complaint).toMatch(complaint);
    expect(error.complaint.length).toBeLessThan(2500);
  });

  test('a rule that no schema can express', async () => {
    const error = await refusal('{"ideas":[{"title":"a"},{"title":"a"}]}', { check: () => 'Two ideas are the same.' });
    expect(error.complaint).toBe('Two ideas are the same.');
    expect(error.finishReason).toBe('stop');
  });

  test('the limit of its length', async () => {
    const error = await refusal((exchange) => {
      exchange.writeText('{"ideas":[{"title":"a"},');
      exchange.finish('length');
    });
    expect(error.complaint).toMatch(/cut off.*Answer more briefly/);
    expect(error.finishReason).toBe('length');
  });
});

test('what the model said is kept, to a bound', async () => {
  const error = await refusal(`Well. ${'blah '.repeat(1000)}`);
  expect(error.output.startsWith('Well. blah')).toBe(true);
  expect(error.output).toMatch(/… \(3006 more characters\)$/);
  expect(error.output.length).toBeLessThan(2050);
  expect(error.message).toContain('It said: Well. blah');
  expect(error.message.length).toBeLessThan(800);
});

test.each([
  ['white space', '\n  {"ideas":[{"title":"a"}]}\n\n', []],
  ['a fence', '```json\n{"ideas":[{"title":"a"}]}\n```\n', ['The code fence around the JSON document was left out.']],
  [
    'a fence without a language',
    '```\n{"ideas":[{"title":"a"}]}\n```',
    ['The code fence around the JSON document was left out.'],
  ],
  ['prose', 'Sure: {"ideas":[{"title":"a"}]} Enjoy!', ['Text around the JSON document was left out.']],
])('%s around the document is put up with', async (_what, answer, expected) => {
  await using provider = await openProviderServer();
  provider.answer(answer);
  const seen: unknown[] = [];
  const { value, mends } = await generate({
    model: await modelAt(provider, 'openai/x'),
    prompt: 'x',
    schema,
    elements: 'ideas',
    onElement: (element) => seen.push(element),
    signal: neverCancelled,
  });
  expect(value).toEqual({ ideas: [{ title: 'a' }] });
  expect(mends).toEqual(expected);
  expect(seen).toEqual([{ title: 'a' }]);
});

test('a whole document is taken from a server that never says that it is done', async () => {
  await using provider = await openProviderServer();
  provider.answer((exchange) => {
    exchange.writeText('{"ideas":[{"title":"a"}]}');
    exchange.end();
  });
  const model = await modelAt(provider, 'ollama/x');
  expect((await generate({ model, prompt: 'x', schema, signal: neverCancelled })).value.ideas).toHaveLength(1);
});

test('text that breaks off is not taken for the whole', async () => {
  await using provider = await openProviderServer();
  const model = await modelAt(provider, 'openai/x');
  provider.answer((exchange) => {
    exchange.writeText('The first half of ');
    exchange.end();
  });
  await expect(generate({ model, prompt: 'x', signal: neverCancelled })).rejects.toMatchObject({ code: 'MODEL_STREAM_BROKEN' });
  provider.answer((exchange) => {
    exchange.writeText('The first half of ');
    exchange.finish('length');
  });
  await expect(generate({ model, prompt: 'x', signal: neverCancelled })).rejects.toMatchObject({ code: 'MODEL_OUTPUT_INVALID' });
  provider.answer('');
  await expect(generate({ model, prompt: 'x', signal: neverCancelled })).rejects.toMatchObject({ code: 'MODEL_OUTPUT_INVALID' });
});
