import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseAnswer } from '../../src/models/structured-output.ts';

const step = z.object({ id: z.string(), score: z.number(), dependsOn: z.array(z.string()), done: z.boolean() });
const schema = z.object({ steps: z.array(step).min(1) });
const made = { id: 'a', score: 0.5, dependsOn: ['b'], done: true };
const document = { steps: [made, { ...made, id: 'b', dependsOn: [] }] };
const text = JSON.stringify(document);
const pretty = JSON.stringify(document, null, 2);

const read = (answer: string, finishReason = 'stop') => parseAnswer(answer, schema, finishReason);

const around = 'Text around the JSON document was left out.';
const several = 'Of several JSON documents, the first that fits was taken, and all around it left out.';

describe('what is meant in one way only is mended, and named', () => {
  test.each<[string, string, string[]]>([
    ['nothing', text, []],
    ['white space and a byte order mark', `\uFEFF\n ${pretty}\n\n`, []],
    ['words before', `Sure! Here it is:\n${text}`, [around]],
    ['words after', `${text}\n\nEnjoy :-}`, [around]],
    ['apostrophes, brackets and quotation marks in the words', `It's a "plan" [1] {as asked}: ${text} (see [2])`, [several]],
    ['a fence', `\`\`\`json\n${pretty}\n\`\`\``, ['The code fence around the JSON document was left out.']],
    ['a fence among words', `Here:\n~~~\n\`\`\`\n${pretty}\n\`\`\`\nWell.`, [around]],
    ['a thought with a draft in it', `<think>Perhaps {"steps":[{"id": hm</think>\n${text}`, [around]],
    ['a thought that only ends', `${text.replace('"a"', '"draft"')} no.</think>${text}`, [around]],
    ['several documents', `{"type":"object"}\n${text}\n${text.replace('"a"', '"other"')}`, [several]],
    ['a bracket too many', `${text}}]`, [around]],
    [
      'trailing commas',
      '{"steps":[{"id":"a","score":0.5,"dependsOn":["b",],"done":true,},{"id":"b","score":0.5,"dependsOn":[],"done":true}],}',
      ['A trailing comma was removed.'],
    ],
    ['missing commas', pretty.replaceAll(',\n', '\n'), ['A missing comma was added.']],
    ['comments', pretty.replace('"steps"', '// it\'s }\n/* ] " */ "steps"'), ['Comments in the JSON document were left out.']],
    ["Python's literals", text.replaceAll('true', 'True'), ["Python's names for true, false and null were replaced."]],
    ['names without quotation marks', text.replaceAll(/"(\w+)":/g, '$1:'), ['Names without quotation marks were given them.']],
    ['single quotation marks', text.replaceAll('"', "'"), ['Quotation marks that are not those of JSON were replaced.']],
    [
      'typographic quotation marks',
      text.replaceAll(/"(\w+)"/g, '“$1”'),
      ['Quotation marks that are not those of JSON were replaced.'],
    ],
    ['a number as people write it', text.replaceAll('0.5', '.5'), ['A number was put as JSON has it.']],
    ['a list without its name', JSON.stringify(document.steps), ['A list without a name was taken as "steps".']],
    [
      'one element a line',
      document.steps.map((each) => JSON.stringify(each)).join('\n'),
      ['JSON documents one after the other were taken as the list "steps".'],
    ],
    ['a wrapping', JSON.stringify({ answer: document }), ['The JSON document was taken out of an object around it.']],
    [
      'a tool call',
      JSON.stringify({ name: 'answer', arguments: document }),
      ['The JSON document was taken out of an object around it.'],
    ],
    [
      'a tool call with a text',
      JSON.stringify({ name: 'answer', arguments: text }),
      ['The JSON document was taken out of an object around it.'],
    ],
    ['a text that holds it', JSON.stringify(text), ['The JSON document was taken out of a text.']],
    ['numbers as texts', text.replaceAll('0.5', '"0.5"'), ['A text was taken as the number that it holds.']],
    ['a yes as a text', text.replaceAll('true', '"true"'), ['A text was taken as the yes or no that it holds.']],
    ['fields that nobody asked for', text.replace('{', '{"note":"!",'), []],
  ])('%s', (_what, answer, mends) => {
    expect(read(answer)).toEqual({ value: document, mends });
  });

  test('ids as numbers', () => {
    const answer = text.replaceAll('"a"', '1').replaceAll('"b"', '2');
    expect(read(answer)).toMatchObject({
      value: { steps: [{ id: '1', dependsOn: ['2'] }, { id: '2' }] },
      mends: ['A number was taken as the text that was asked for.'],
    });
  });

  test('line breaks, apostrophes and quotation marks within texts', () => {
    expect(
      parseAnswer(`{'a': 'It's "so"\n\\'quoted\\'', "b": "x\ty"}`, z.object({ a: z.string(), b: z.string() }), 'stop'),
    ).toEqual({
      value: { a: "It's \"so\"\n'quoted'", b: 'x\ty' },
      mends: ['Quotation marks that are not those of JSON were replaced.', 'Control characters within a text were escaped.'],
    });
  });
});

describe('what would have to be guessed is refused', () => {
  const loose = z.object({ a: z.string().nullish(), list: z.array(z.string()).nullish() });
  test.each([
    ['a value that is missing', '{"a": , "list": []}'],
    ['an element that is missing', '{"list": ["x",,"y"]}'],
    ['what is left out', '{"list": ["x", ...]}'],
    ['what is left out, in one character', '{"list": ["x", …]}'],
    ['what a comment stands for', '{"list": ["x" // ... five more\n]}'],
    ['a bracket that is missing', '{"list": ["x", "a": "b"}'],
    ['a quotation mark that is missing', '{"a": "x, "list": ["y"]}'],
    ['quotation marks within a text', '{"a": "Say "hi", then leave", "list": []}'],
    ['doubled quotation marks within a text', '{"a": "Say ""hi"" then"}'],
    ['quotation marks within a text of a list', '{"list": ["Say " hi " then" "x"]}'],
    ['texts side by side', '{"list": ["Say " "hi"]}'],
    ['texts that are added', '{"a": "x" + "y"}'],
    ['a name that is a call', '{"a": Text("x")}'],
    ['undefined', '{"a": undefined}'],
    ['two members that fit', '{"draft":{"a":"x"},"final":{"a":"y"},"list":7}'],
    ['one text for a list', '{"list":"x, y"}'],
  ])('%s', (_what, answer) => {
    expect(parseAnswer(answer, loose, 'stop')).toEqual({ complaint: expect.stringMatching(/^The (answer|JSON document)/) });
  });

  test('a note in prose is no list', () => {
    expect(parseAnswer('As said in [1]: no.', z.object({ pages: z.array(z.number()) }), 'stop')).toHaveProperty('complaint');
  });

  test('anything is no element', () => {
    const anything = z.object({ all: z.array(z.unknown()) });
    expect(parseAnswer('{"error":"no"}\n{"error":"no"}', anything, 'stop')).toHaveProperty('complaint');
  });

  test('one element a line, when there may be more', () => {
    const lines = document.steps.map((each) => JSON.stringify(each)).join('\n');
    expect(read(lines, 'length')).toHaveProperty('complaint');
    expect(read(lines, 'other')).toHaveProperty('complaint');
    expect(read(`${lines}\n{"id":"c","sc`)).toEqual({ complaint: expect.stringMatching(/ends before it is complete/) });
  });
});

const forms: Record<string, string> = {
  'as it is': text,
  'over lines, with words before': `Here you are: ${pretty}`,
  fenced: `\`\`\`json\n${pretty}\n\`\`\``,
  'with single quotation marks': text.replaceAll('"', "'"),
  'with names without quotation marks': text.replaceAll(/"(\w+)":/g, '$1:'),
  'a list without its name': JSON.stringify(document.steps),
  'a wrapping': JSON.stringify({ answer: document }),
  'a text that holds it': JSON.stringify(text),
};

test.each(Object.entries(forms))('what is cut off is never completed, wherever: %s', (_what, form) => {
  // Any object, any list: all that keeps a part from being taken is that it does not end.
  const anything = z.object({ steps: z.array(z.unknown()).optional() });
  const whole = form.lastIndexOf(/[\]}]/.exec([...form].reverse().join(''))![0]) + 1;
  for (let length = 0; length < whole; length++) {
    const cut = parseAnswer(form.slice(0, length), anything, 'length');
    expect(cut, form.slice(0, length)).toHaveProperty('complaint');
  }
});

test('the limit of its length is named', () => {
  expect(read(text.slice(0, 40), 'length')).toEqual({ complaint: expect.stringMatching(/cut off.*Answer more briefly/) });
  expect(read(text.slice(0, 40), 'stop')).toEqual({ complaint: 'The JSON document ends before it is complete.' });
});

test('any JSON is read as it is, in words and over lines', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(0, 2), (value, indent) => {
      const json = { value };
      const answer = `Here: ${JSON.stringify(json, null, indent)}, as asked`;
      expect(parseAnswer(answer, z.object({ value: z.unknown() }), 'stop')).toEqual({
        value: JSON.parse(JSON.stringify(json)),
        mends: [around],
      });
    }),
  );
});

test('any JSON in single quotation marks without names in quotation marks is the same', () => {
  const word = fc.stringMatching(/^[a-z ]{0,9}$/);
  const json = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.oneof(word, fc.integer(), fc.array(word), fc.boolean()), {
    minKeys: 1,
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(json, (value) => {
      const loose = JSON.stringify(value)
        .replaceAll(/"([a-z]+)":/g, '$1: ')
        .replaceAll('"', "'");
      expect(parseAnswer(loose, z.record(z.string(), z.unknown()), 'stop')).toMatchObject({ value });
    }),
  );
});

test('never throws, whatever is said', () => {
  const piece = fc.constantFrom(
    ...'{}[]:,"\'\\/*\n “”',
    'null',
    '"steps"',
    'steps',
    '0.5',
    '```',
    '<think>',
    '</think>',
    '{"a":1}',
    '...',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const parsed = read(pieces.join(''));
      expect('value' in parsed || parsed.complaint.length > 0).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

const mega = 10_000_000;
test.each<[string, string]>([
  ['one letter', 'a'.repeat(mega)],
  ['one quotation mark', '"'.repeat(mega)],
  ['one apostrophe in a list', `[${"'".repeat(mega)}`],
  ['opening brackets', '['.repeat(mega)],
  ['100,000 opening brackets', '['.repeat(100_000)],
  ['100,000 lists within each other', '['.repeat(100_000) + ']'.repeat(100_000)],
  ['100,000 objects within each other', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)],
  ['opening braces', '{'.repeat(mega)],
  ['empty documents', '[]'.repeat(mega / 2)],
  ['white space in a document', `{${' '.repeat(mega)}x`],
  ['white space', `x${' '.repeat(mega)}x`],
  ['a name without end', `{${'a'.repeat(mega)}`],
  ['backslashes', `{"${'\\'.repeat(mega)}`],
  ['slashes', `{${'/'.repeat(mega)}`],
  ['angle brackets', '<t'.repeat(mega / 2)],
  ['thoughts without end', '<think>'.repeat(mega / 10)],
  ['thoughts', '<think></think>'.repeat(mega / 15)],
  ['stray quotation marks', `[${'"a\n'.repeat(mega / 10)}]`],
  ['texts without commas', `[${'"a"\n'.repeat(mega / 10)}]`],
  ['apostrophes and white space', `[${`'   `.repeat(mega / 10)}]`],
  ['commas', `[${','.repeat(mega)}]`],
  ['fences', '```'.repeat(mega / 3)],
  ['the same document over and over', '{"a":1}\n'.repeat(mega / 10)],
  ['as many wrong elements', `{"steps":[${'{},'.repeat(mega / 100)}{}]}`],
])('a long answer is refused in little time: %s', (_what, answer) => {
  const started = process.cpuUsage();
  expect(read(answer)).toHaveProperty('complaint');
  const { user, system } = process.cpuUsage(started);
  // Its own time, on however slow a machine: with the square of the length it would be days.
  expect((user + system) / 1000).toBeLessThan(25_000);
});

test('what nearly fits is not taken in place of an answer that is cut off after it', () => {
  const schema = z.object({ ideas: z.array(z.object({ title: z.string() })) });
  for (const draft of ['[{"title":"a draft"}]', '{"draft":{"ideas":[{"title":"a draft"}]}}', '{"ideas":[{"title":1}]}']) {
    expect(parseAnswer(draft, schema, 'stop')).toHaveProperty('value');
    expect(parseAnswer(`${draft} {"ideas":[{"title":"the answer"`, schema, 'stop')).toEqual({
      complaint: 'The JSON document ends before it is complete.',
    });
  }
});
