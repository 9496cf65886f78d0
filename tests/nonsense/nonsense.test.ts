import pLimit from 'p-limit';
import { expect, test } from 'vitest';
import { dataOf } from '../support/api.ts';
import type { TestLion } from '../support/lion.ts';
import { openProviderLion, promptOf } from '../support/provider-lion.ts';
import type { ProviderExchange } from '../support/provider-server.ts';
import { answerTo, choices, stageOf, wanted, type Nonsense } from './case.ts';
import { corpus } from './corpus.ts';
import { outputFault } from './output-fault.ts';

const atATime = 8;
/** The most that the API waits; what has not ended by then hangs. */
const longestMs = 60_000;

/** How an operation went. */
interface Outcome {
  name: string;
  alone: Nonsense['alone'];
  status: string;
  code: string | null;
  /** What is wrong with the output, by the rules of its kind; undefined when nothing is. */
  fault: string | undefined;
  mends: string[];
  /** How often a step was asked again. */
  retries: number;
  ms: number;
}

const startOf: Record<Nonsense['kind'], { type: string; input: object }> = {
  brainstorm: { type: 'BrainstormInput', input: { count: wanted.ideas } },
  plan: { type: 'PlanInput', input: { steps: wanted.steps } },
  select: { type: 'SelectInput', input: { choices, max: wanted.selections } },
  perform: { type: 'PerformInput', input: {} },
  run: { type: 'RunInput', input: { count: wanted.ideas, steps: wanted.steps } },
};

const idea = '{ id title description rationale }';
const step = '{ id title description dependsOn doneWhen }';
const operation = `{ ... on Operation {
  id status error { code message }
  output { __typename
    ... on BrainstormOutput { ideas ${idea} }
    ... on PlanOutput { steps ${step} }
    ... on SelectOutput { selected { choice { id label } score rationale } }
    ... on PerformOutput { text }
    ... on RunOutput { ideas ${idea} selectedIdea ${idea} steps ${step} }
  }
  events { nodes { type ... on StepSucceeded { mends } } }
} }`;

/** What the model says: nonsense whenever the stage is asked for, or the first time only. */
function modelOf(says: 'always' | 'first'): (exchange: ProviderExchange) => Promise<void> {
  const asked = new Map<string, number>();
  return async (exchange) => {
    const prompt = promptOf(exchange);
    const nonsense = corpus[Number(/case (\d+)/.exec(prompt)?.[1])]!;
    const stage = stageOf(prompt);
    const key = `${nonsense.name} ${stage}`;
    const before = asked.get(key) ?? 0;
    asked.set(key, before + 1);
    const isNonsense = stage === nonsense.stage && (says === 'always' || before === 0);
    await say(exchange, isNonsense ? nonsense.said : answerTo(prompt, before));
  };
}

/** Streams a text in pieces, until it is said or nobody listens any more. */
async function say(exchange: ProviderExchange, text: string): Promise<void> {
  let isOver = false;
  const closed = exchange.closed.then(() => (isOver = true));
  const size = Math.max(17, Math.ceil(text.length / 40));
  for (let at = 0; at < text.length && !isOver; at += size) {
    exchange.writeText(text.slice(at, at + size));
    if (size > 1000) await Promise.race([new Promise((resolve) => setImmediate(resolve)), closed]);
  }
  if (!isOver) exchange.finish();
}

async function outcomeOf(lion: TestLion, { name, kind, alone }: Nonsense, index: number): Promise<Outcome> {
  const { type, input } = startOf[kind];
  const started = performance.now();
  const found = dataOf(
    await lion.query(`mutation($input: ${type}!) { ${kind}(input: $input, options: { waitMs: ${longestMs} }) ${operation} }`, {
      input: { instruction: `Plan a bakery (case ${index}).`, ...input },
    }),
  )[kind];
  const ms = performance.now() - started;
  const events = found.events.nodes as { type: string; mends?: string[] }[];
  return {
    name,
    alone,
    status: found.status,
    code: found.error?.code ?? null,
    fault: found.status === 'SUCCEEDED' ? outputFault(kind, found.output) : undefined,
    mends: events.flatMap(({ mends }) => mends ?? []),
    retries: events.filter((event) => event.type === 'StepRetrying').length,
    ms,
  };
}

async function outcomesOf(says: 'always' | 'first'): Promise<Outcome[]> {
  await using opened = await openProviderLion();
  const { provider, test: lion } = opened;
  provider.answerAll(modelOf(says));
  const outcomes = await pLimit(atATime).map(corpus, (nonsense, index) => outcomeOf(lion, nonsense, index));
  // What has heard all this still works.
  provider.answerAll('All is well.');
  const last = dataOf(
    await lion.query(`mutation { perform(input: { instruction: "x" }, options: { waitMs: 10000 }) ${operation} }`),
  );
  expect(last.perform).toMatchObject({ status: 'SUCCEEDED', output: { text: 'All is well.' } });
  return outcomes;
}

const nameOf = ({ name }: Outcome): string => name;
const counts = (names: readonly string[]): Record<string, number> => {
  const all: Record<string, number> = {};
  for (const name of names) all[name] = (all[name] ?? 0) + 1;
  return all;
};

function report(title: string, rows: Record<string, number>): void {
  const lines = Object.entries(rows).map(([what, count]) => `  ${String(count).padStart(4)}  ${what}`);
  console.log([title, ...lines].join('\n'));
}

test('the corpus is large, and its names are unique', () => {
  expect(corpus.length).toBeGreaterThanOrEqual(160);
  expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
  expect(new Set(corpus.map(({ kind }) => kind))).toEqual(new Set(Object.keys(startOf)));
});

test('nonsense that is all that a model ever says ends in a valid result or a typed failure', { timeout: 300_000 }, async () => {
  const outcomes = await outcomesOf('always');
  const succeeded = outcomes.filter(({ status }) => status === 'SUCCEEDED');
  const failed = outcomes.filter(({ status }) => status === 'FAILED');
  const mended = succeeded.filter(({ mends }) => mends.length > 0);
  const taken = succeeded.filter(({ mends }) => mends.length === 0);
  report(`Nonsense and nothing else: ${outcomes.length} operations`, {
    'taken as it is: nothing is wrong with it that matters': taken.length,
    mended: mended.length,
    ...Object.fromEntries(
      Object.entries(counts(failed.map(({ code }) => code!))).map(([code, count]) => [`failed with ${code}`, count]),
    ),
  });
  report(
    'How often each mend was made',
    counts(mended.flatMap(({ mends }) => mends.filter((mend) => !mend.startsWith('The idea "')))),
  );
  expect(succeeded.length + failed.length).toBe(corpus.length);
  expect(outcomes.filter(({ fault }) => fault !== undefined)).toEqual([]);
  expect(
    failed.filter(({ code }) => code !== 'MODEL_OUTPUT_INVALID' && code !== 'IDEAS_TOO_FEW' && code !== 'MODEL_STREAM_EMPTY'),
  ).toEqual([]);
  expect(outcomes.filter(({ ms }) => ms >= longestMs)).toEqual([]);
  const foreseen = (alone: Nonsense['alone']): string[] => outcomes.filter((outcome) => outcome.alone === alone).map(nameOf);
  expect(taken.map(nameOf)).toEqual(foreseen('taken'));
  expect(mended.map(nameOf)).toEqual(foreseen('mended'));
  expect(failed.map(nameOf)).toEqual(foreseen('refused'));
});

test('nonsense that is followed by a good answer, once it is asked for, is no harm', { timeout: 300_000 }, async () => {
  const outcomes = await outcomesOf('first');
  const again = outcomes.filter(({ retries }) => retries > 0);
  report(`Nonsense at first: ${outcomes.length} operations`, {
    'asked again with the complaint, and then good': again.filter(({ status }) => status === 'SUCCEEDED').length,
    'asked for what was missing, mended, or taken as it is': outcomes.filter(
      ({ retries, status }) => retries === 0 && status === 'SUCCEEDED',
    ).length,
    failed: outcomes.filter(({ status }) => status !== 'SUCCEEDED').length,
  });
  expect(outcomes.filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);
  expect(outcomes.filter(({ fault }) => fault !== undefined)).toEqual([]);
  expect(outcomes.filter(({ ms }) => ms >= longestMs)).toEqual([]);
});
