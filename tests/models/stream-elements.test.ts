import { JSONParser } from '@streamparser/json';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { findDocuments } from '../../src/models/json-documents.ts';
import { ElementStream } from '../../src/models/stream-elements.ts';
import { parseAnswer } from '../../src/models/structured-output.ts';

/** What is handed out of `text`, when it comes in pieces of `size`. */
function elementsOf(text: string, size = 1): unknown[] {
  const elements: unknown[] = [];
  const stream = new ElementStream('ideas', (element, index) => {
    expect(index).toBe(elements.length);
    elements.push(element);
  });
  for (let at = 0; at < text.length; at += size) stream.push(text.slice(at, at + size));
  return elements;
}

test('every element, however the text is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 9 }), (ideas, size) => {
      const text = JSON.stringify({ before: [1, { ideas: [2] }], ideas, after: { ideas: [3] } });
      expect(elementsOf(text, size)).toEqual(JSON.parse(text).ideas);
    }),
  );
});

test('characters of two halves, cut between them', () => {
  expect(elementsOf('{"ideas":["a🥖b","🥐"]}')).toEqual(['a🥖b', '🥐']);
});

test.each([
  ['prose', 'Here you are: {"ideas":["a"]}', ['a']],
  ['a lot of prose', `${'It is [as asked] {in short} <b>this</b>, '.repeat(1000)}{"ideas":["a"]}`, ['a']],
  ['notes before it', 'See [1] and {"type":"object"}: {"ideas":["a"]}', ['a']],
  ['a fence', '```json\n{"ideas":["a","b"]}\n```', ['a', 'b']],
  ['a thought with a draft in it', '<think>{"ideas":["x"]} < no</thin </think>{"ideas":["a"]}', ['a']],
  ['a thought without end', '<think>{"ideas":["x"]}', []],
  ['malformed after two', '{"ideas":["a","b",oops,"c"]}', ['a', 'b']],
  ['malformed from the start', "{'ideas':['a'], b: [{\"x\":1}]}", []],
  ['malformed from the start, without quotation marks', '{ideas :[{"x":1}]}', []],
  ['more after the end', '{"ideas":["a"]}{"ideas":["b"]}', ['a']],
  ['more after nothing', '{"ideas":[]}{"ideas":["b"]}', []],
  ['the same list twice', '{"ideas":["a"],"ideas":["b"]}', ['a']],
  ['an object in its place', '{"ideas":{"a":1}}', []],
  ['a text in its place', '{"ideas":"abc"}', []],
  ['a list of objects in place of the whole', 'So:\n[ {"a":1}, {"a":[{"b":2}]} ]\n', [{ a: 1 }, { a: [{ b: 2 }] }]],
  ['a list of texts in place of the whole', '["a"]', []],
  ['a list of lists', '[[{"a":1}]]', []],
  ['a name of the prototype', '{"__proto__":{"x":1},"ideas":[{"__proto__":1}]}', [JSON.parse('{"__proto__":1}')]],
  ['control characters', '{"ideas":["a","b\u0000"]}', ['a']],
  ['brackets in texts', '{"ideas":["a]}","b{[",{"c":"]}"}]}', ['a]}', 'b{[', { c: ']}' }]],
  ['deep lists', '['.repeat(100_000) + ']'.repeat(100_000), []],
  ['a deep element', `{"ideas":[${'['.repeat(100_000)}${']'.repeat(100_000)}`, [expect.any(Array)]],
])('%s', (_what, text, expected) => {
  for (const size of [1, 7, text.length]) expect(elementsOf(text, size)).toEqual(expected);
});

test('an element is out with the very delta that closes it', () => {
  const elements: unknown[] = [];
  const stream = new ElementStream('ideas', (element) => elements.push(element));
  const pieces = ['So: ', '{"ideas', '":[{"a":"}', '"', '}', ',', '{"a":', '2}', ']', '}'];
  const counts = pieces.map((piece) => {
    stream.push(piece);
    return elements.length;
  });
  expect(counts).toEqual([0, 0, 0, 0, 1, 1, 1, 2, 2, 2]);
});

const brackets = [...'{}[]:,"\'\\ \n1🥖'];
const words = ['null', 'true', 'word', '```', '<think>', '</thinking>', '//', '/*', '"a"', '[1]', ']}', '{"a":1}', '{"a":1},'];
const lists = ['"ideas"', '"ideas":[', '{"ideas":[', '{"ideas":[{"a":1},"b"]}', '[{"a":1},{"b":[]}]'];

test('what is handed out is what the whole has in that place, whatever is said', () => {
  const schema = z.object({ ideas: z.array(z.unknown()) });
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...brackets, ...words, ...lists), { maxLength: 25 }),
      fc.integer({ min: 1, max: 9 }),
      (said, size) => {
        const text = said.join('');
        const elements = elementsOf(text, size);
        const parsed = parseAnswer(text, schema, 'stop');
        // What comes later can make a list void, or a thought of it, when it has passed already; so can another document.
        const isVoid = /<.thinking>/.test(text) || text.split('"ideas"').length > 2 || findDocuments(text).documents.length > 1;
        if (!('value' in parsed) || isVoid) return;
        expect(parsed.value.ideas.slice(0, elements.length)).toEqual(elements);
      },
    ),
    { numRuns: 20_000 },
  );
});

test('what a callback throws is thrown', () => {
  const stream = new ElementStream('ideas', () => {
    throw new RangeError('mine');
  });
  expect(() => stream.push('{"ideas":["a"')).toThrow(RangeError);
});

test.each([
  ['elements', (count: number) => `{"ideas":[${'{"title":"A title of some words"},'.repeat(count)}{}]}`],
  ['prose', (count: number) => `${'Well, [as] {you} <t> said, '.repeat(count)}{"ideas":[]}`],
  ['notes', (count: number) => `${'[1] '.repeat(count)}{"ideas":[]}`],
  ['one text', (count: number) => `{"ideas":["${'word ]} '.repeat(count)}"]}`],
])('every character is read once: %s', (_what, textOf) => {
  const write = vi.spyOn(JSONParser.prototype, 'write');
  const charactersOf = (text: string): number => {
    write.mockClear();
    elementsOf(text, 12);
    return write.mock.calls.reduce((sum, [piece]) => sum + (piece as string).length, 0);
  };
  const [small, large] = [textOf(200), textOf(2000)];
  expect(charactersOf(small)).toBeLessThanOrEqual(small.length);
  const read = charactersOf(large);
  expect(read).toBeLessThanOrEqual(large.length);
  expect(read).toBeGreaterThan(0);
  write.mockRestore();
});

test('the cost grows with the length', () => {
  const idea = JSON.stringify({ title: 'A title of some words', description: 'x'.repeat(200) });
  const cost = (count: number): number => {
    const text = `{"ideas":[${Array.from({ length: count }, () => idea).join(',')}]}`;
    const started = process.cpuUsage();
    expect(elementsOf(text, 12)).toHaveLength(count);
    const { user, system } = process.cpuUsage(started);
    return user + system;
  };
  cost(200);
  const small = Math.min(cost(400), cost(400), cost(400));
  const large = Math.min(cost(4000), cost(4000));
  // Ten times the text; with its square it would be a hundred.
  expect(large / small).toBeLessThan(30);
});
