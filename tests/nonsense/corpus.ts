import { kindNonsense } from './corpus-kinds.ts';
import { valid, type JsonKind, type Nonsense, type Said } from './case.ts';

const ten = 10_000_000;
const over = (text: string): string => JSON.stringify(JSON.parse(text), null, 2);
const listOf: Record<JsonKind, string> = { brainstorm: 'ideas', plan: 'steps', select: 'selections' };

/** Faults of writing, whatever is written. */
function malformed(kind: JsonKind): Said[] {
  const good = valid[kind];
  const pretty = over(good);
  const list = listOf[kind];
  const elements = JSON.parse(good)[list] as Record<string, unknown>[];
  const without = (field: string): string =>
    JSON.stringify({ [list]: elements.map((each) => ({ ...each, [field]: undefined })) });
  const withAll = (fields: object): string => JSON.stringify({ [list]: elements.map((each) => ({ ...each, ...fields })) });
  const [firstText] = Object.entries(elements[0]!).find(([name]) => name === 'title' || name === 'rationale')!;
  return [
    ['words before, in English', `Sure! Here is what you asked for:\n\n${good}`, 'mended'],
    ['words after, in English', `${good}\n\nLet me know if you'd like anything changed!`, 'mended'],
    ['words around, in German', `Gerne! Hier ist das Ergebnis: ${good} Viel Spaß damit.`, 'mended'],
    ['words around, in Japanese', `はい、こちらです。「${good}」以上です。`, 'mended'],
    ['words around, in Arabic', `تفضل:\n${pretty}\nشكرا`, 'mended'],
    ['words around, with brackets', `As in [1] (see {note}): ${good} [2]`, 'mended'],
    ['a fence', `\`\`\`json\n${pretty}\n\`\`\``, 'mended'],
    ['a fence of another language', `\`\`\`javascript\n${good}\n\`\`\``, 'mended'],
    ['a fence among words', `Here:\n\`\`\`json\n${pretty}\n\`\`\`\nThat's it.`, 'mended'],
    ['a fence that does not end', `\`\`\`json\n${good}`, 'mended'],
    ['a byte order mark', `\uFEFF${good}`, 'taken'],
    ['white space around', `\n\n  \t${good}  \r\n`, 'taken'],
    ['a thought', `<think>They want three. Maybe {"${list}":[ ... no.</think>\n${good}`, 'taken'],
    ['only a thought', `<think>They want three. ${good}</think>`, 'refused'],
    ['a thought that does not end', `<think>They want three. ${good}`, 'refused'],
    ['the same document twice', `${good}\n${good}`, 'mended'],
    ['another document before', `{"status":"ok"}\n${good}`, 'mended'],
    ['the schema before', `{"type":"object","properties":{"${list}":{"type":"array"}}}\n${good}`, 'mended'],
    ['the schema alone', `{"type":"object","properties":{"${list}":{"type":"array","items":{"type":"object"}}}}`, 'refused'],
    [
      'the example of a schema',
      JSON.stringify({ [list]: [Object.fromEntries(Object.keys(elements[0]!).map((name) => [name, 'string']))] }),
      'refused',
    ],
    ['trailing commas', pretty.replaceAll(/([\]}"])\n(\s*[\]}])/g, '$1,\n$2'), 'mended'],
    ['missing commas', pretty.replaceAll(',\n', '\n'), 'mended'],
    ['comments', pretty.replace('{', "{ // it's all here }\n/* and more */"), 'mended'],
    ['single quotation marks', good.replaceAll('"', "'"), 'mended'],
    ['typographic quotation marks', good.replaceAll(/"([^"]*)"/g, '“$1”'), 'mended'],
    ['names without quotation marks', good.replaceAll(/"(\w+)":/g, '$1: '), 'mended'],
    ["Python's None", pretty.replace('{', '{ "note": None, "more": True,'), 'mended'],
    ['line breaks within texts', good.replace(/"(title|rationale)":"(\w+) /, '"$1":"$2\n'), 'mended'],
    ['quotation marks within texts', good.replace(/"(title|rationale)":"(\w+) (\w+)/, '"$1":"$2 "the $3", yes'), 'refused'],
    ['two commas', good.replace('},{', '},,{'), 'refused'],
    ['a bracket too many', `${good}}`, 'mended'],
    ['a bracket too few', good.replace('}]', ']'), 'refused'],
    ['something left out', good.replace('},{', '}, ..., {'), 'refused'],
    ['a value left out', good.replace(/"(title|rationale)":"[^"]*"/, '"$1":'), 'refused'],
    ['equals signs', good.replaceAll('":', '"='), 'refused'],
    ['a list without a name', JSON.stringify(elements), 'mended'],
    ['an element a line', elements.map((each) => JSON.stringify(each)).join('\n'), 'mended'],
    ['a wrapping', JSON.stringify({ answer: JSON.parse(good) }), 'mended'],
    ['a tool call', JSON.stringify({ type: 'function', name: 'answer', arguments: JSON.parse(good) }), 'mended'],
    ['a tool call with a text', JSON.stringify({ name: 'answer', arguments: good }), 'mended'],
    ['a tool call in tags', `<tool_call>{"name": "answer", "arguments": ${good}}</tool_call>`, 'mended'],
    ['a text that holds it', JSON.stringify(good), 'mended'],
    ['a text in a text in a text', JSON.stringify(JSON.stringify(JSON.stringify(good))), 'refused'],
    ['another name for the list', good.replace(`"${list}"`, '"results"'), 'refused'],
    ['a name with a capital', good.replace(`"${list}"`, `"${list[0]!.toUpperCase()}${list.slice(1)}"`), 'refused'],
    [
      'an object for the list',
      JSON.stringify({ [list]: Object.fromEntries(elements.map((each, index) => [index, each])) }),
      'refused',
    ],
    ['a text for the list', JSON.stringify({ [list]: 'one, two, three' }), 'refused'],
    ['null for the list', JSON.stringify({ [list]: null }), 'refused'],
    ['texts for elements', JSON.stringify({ [list]: ['one', 'two', 'three'] }), 'refused'],
    ['nulls for elements', JSON.stringify({ [list]: [null, null, null] }), 'refused'],
    ['no elements', JSON.stringify({ [list]: [] }), 'refused'],
    ['an empty object', '{}', 'refused'],
    ['an empty list', '[]', 'refused'],
    ['fields that nobody asked for', withAll({ note: 'more', extra: [1, { a: null }] }), 'taken'],
    ['a missing field', without(firstText), 'refused'],
    ['an empty field', withAll({ [firstText]: '  ' }), 'refused'],
    ['null for a field', withAll({ [firstText]: null }), 'refused'],
    ['yes for a field', withAll({ [firstText]: true }), 'refused'],
    ['an object for a field', withAll({ [firstText]: { text: 'x' } }), 'refused'],
    ['a field without end', withAll({ [firstText]: 'word '.repeat(5000) }), 'refused'],
    ['control characters in texts', good.replace(/"(title|rationale)":"(\w+) /, '"$1":"$2\u0001\u0000 '), 'mended'],
    ['escaped control characters in texts', good.replace(/"(title|rationale)":"(\w+) /, '"$1":"$2\\u0000\\u0007 '), 'taken'],
    ['lone surrogates', good.replace(/"(title|rationale)":"(\w+) /, '"$1":"$2\\ud83e and \\udd56 '), 'taken'],
    ['names of the prototype', good.replace('{', '{"__proto__":{"x":1},"constructor":null,'), 'taken'],
    ['prose', 'I would start with a market at night, then a library of sourdough, and last ovens by the harbour.', 'refused'],
    ['a refusal', "I'm sorry, but I can't help with that.", 'refused'],
    ['a refusal in JSON', '{"error":"I cannot help with that."}', 'refused'],
    ['prose in Chinese', '首先，我们可以开一个夜市。', 'refused'],
    ['a list in Markdown', '1. **Night market**: by night\n2. **Library**: of sourdough\n- [ ] Ovens', 'refused'],
    ['a table in Markdown', '| id | title |\n|---|---|\n| a | Market |', 'refused'],
    ['HTML', '<!doctype html><html><head><style>a{color:red}</style></head><body>502 Bad Gateway</body></html>', 'refused'],
    ['XML', `<?xml version="1.0"?><${list}><item id="a">Market</item></${list}>`, 'refused'],
    ['YAML', `${list}:\n  - id: a\n    title: Market\n  - id: b\n    title: "Library"`, 'refused'],
    ['code', `def answer():\n    return {"${list}": [x for x in range(3)]}`, 'refused'],
    ['nothing', '', 'refused'],
    ['white space', ' \n\t\r\n ', 'refused'],
    ['null', 'null', 'refused'],
    ['true', 'true', 'refused'],
    ['a number', '42', 'refused'],
    ['a huge number', '1e999', 'refused'],
    ['NaN', 'NaN', 'refused'],
    ['a text', '"done"', 'refused'],
    ['control characters', '\u0000\u0001\u0002\u001b[31m\u007f', 'refused'],
    ['replacement characters', '\uFFFD'.repeat(300), 'refused'],
    ['emoji', '🥖🥐🥨'.repeat(100), 'refused'],
    ['tokens of a template', '<|im_start|>assistant<|im_end|><|endoftext|>', 'refused'],
    ['the same word over and over', 'the '.repeat(2000), 'refused'],
    ['opening brackets', '['.repeat(100_000), 'refused'],
    ['opening braces', '{"a":'.repeat(50_000), 'refused'],
    ['lists within each other', '['.repeat(50_000) + ']'.repeat(50_000), 'refused'],
    ['a deep field', good.replace('{', `{"deep":${'['.repeat(5000)}${']'.repeat(5000)},`), 'refused'],
    ['stray quotation marks', `[${'"a\n'.repeat(20_000)}]`, 'refused'],
    ['an element over and over', `{"${list}":[${`${JSON.stringify(elements[0])},`.repeat(500)}`, 'refused'],
  ];
}

/** A document that is cut off, at many places from its first character to its last but one. */
function cutOff(kind: JsonKind): Said[] {
  const good = valid[kind];
  const places = 16;
  return Array.from({ length: places }, (_, index): Said => {
    const length = Math.max(1, Math.round(((good.length - 1) * (index + 1)) / places));
    return [`cut off after ${length} of ${good.length} characters`, good.slice(0, length), 'refused'];
  });
}

/** What comes of text, where text is wanted: nearly all of it is an answer. */
const texts: Said[] = [
  ['nothing', '', 'refused'],
  ['white space', ' \n\t', 'refused'],
  ['a line break', '\n', 'refused'],
  ['JSON', valid.plan, 'taken'],
  ['half of a document', valid.plan.slice(0, 50), 'taken'],
  ['a refusal', "I'm sorry, but I can't help with that.", 'taken'],
  ['HTML', '<html><body><script>alert(1)</script></body></html>', 'taken'],
  ['control characters', 'a\u0000\u0001\u001b[2Jb', 'taken'],
  ['half of a surrogate pair', 'a\uD83Eb', 'taken'],
  ['opening brackets', '['.repeat(100_000), 'taken'],
  ['10 MB of the same letter', 'a'.repeat(ten), 'refused'],
];

const of = (kind: Nonsense['kind'], stage: Nonsense['stage'], all: readonly Said[]): Nonsense[] =>
  all.map(([what, said, alone]) => ({
    name: `${kind}${kind === 'run' ? `, its ${stage}` : ''}: ${what}`,
    kind,
    stage,
    said,
    alone,
  }));

const jsonKinds: JsonKind[] = ['brainstorm', 'plan', 'select'];

/** What a run's stages are told: some of each group, for they are the same operations. */
const everyFifth = (said: readonly Said[]): Said[] => said.filter((_, index) => index % 5 === 0);

export const corpus: readonly Nonsense[] = [
  ...jsonKinds.flatMap((kind) => of(kind, kind, [...malformed(kind), ...cutOff(kind), ...kindNonsense[kind]])),
  ...jsonKinds.map((kind) => of(kind, kind, [['10 MB of the same letter', 'a'.repeat(ten), 'refused']])).flat(),
  ...of('brainstorm', 'brainstorm', [['10 MB of a list', `{"ideas":[${'{},'.repeat(ten / 3)}`, 'refused']]),
  ...of('perform', 'perform', texts),
  ...of('run', 'brainstorm', everyFifth(malformed('brainstorm'))),
  ...of('run', 'plan', everyFifth(cutOff('plan'))),
  ...of('run', 'plan', kindNonsense.plan),
  ...of(
    'run',
    'select',
    kindNonsense.select.filter(([, , alone]) => alone === 'refused'),
  ),
];
