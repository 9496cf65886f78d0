import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ElementStream } from '../../src/models/stream-elements.ts';

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
  ['prose', 'Here you are: {"ideas":["a"]}', []],
  ['a fence', '```json\n{"ideas":["a","b"]}\n```', ['a', 'b']],
  ['malformed after two', '{"ideas":["a","b",oops,"c"]}', ['a', 'b']],
  ['more after the end', '{"ideas":["a"]}{"ideas":["b"]}', ['a']],
  ['an object in its place', '{"ideas":{"a":1}}', []],
  ['a text in its place', '{"ideas":"abc"}', []],
  ['another root', '["a"]', []],
  ['a name of the prototype', '{"__proto__":{"x":1},"ideas":[{"__proto__":1}]}', [JSON.parse('{"__proto__":1}')]],
  ['control characters', '{"ideas":["a","b\u0000"]}', ['a']],
])('%s', (_what, text, expected) => {
  expect(elementsOf(text)).toEqual(expected);
});

test('what a callback throws is thrown', () => {
  const stream = new ElementStream('ideas', () => {
    throw new RangeError('mine');
  });
  expect(() => stream.push('{"ideas":["a"')).toThrow(RangeError);
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
