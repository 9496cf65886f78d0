import type { ReadExchange } from './file.ts';

type Asked = Pick<ReadExchange, 'model' | 'request'>;

/** What is shown of a text where two differ. */
const shownLength = 60;

interface Difference {
  path: string;
  asked: string;
  recorded: string;
  /** From where on the two are not the same. */
  at: number;
}

/** Says in one line in what the most similar of the recorded requests differs from the one that is asked. */
export function nearestDifference(asked: Asked, recorded: readonly ReadExchange[]): string {
  const wanted = leavesOf(asked);
  const [nearest] = recorded
    .map((exchange) => ({ line: exchange.line, differences: differencesOf(wanted, leavesOf(exchange)) }))
    .toSorted((a, b) => distance(a.differences) - distance(b.differences));
  const [first, ...more] = nearest?.differences ?? [];
  if (!nearest || !first) return 'It holds no exchange at all.';
  const others = more.length === 0 ? '' : `, and in ${more.length} more ${more.length === 1 ? 'place' : 'places'}`;
  return `The most similar request that it holds (line ${nearest.line}) differs in ${first.path}: ${shown(first.recorded, first.at)} was recorded, ${shown(first.asked, first.at)} is asked${others}.`;
}

/** Each value that is no list and no object, as JSON (a text: as it is), by the way to it. */
function leavesOf({ model, request }: Asked): Map<string, string> {
  const leaves = new Map([['model', model]]);
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) {
      leaves.set(path, typeof value === 'string' ? value : JSON.stringify(value));
    } else if (Array.isArray(value)) {
      for (const [index, element] of value.entries()) visit(element, `${path}[${index}]`);
    } else {
      for (const [name, member] of Object.entries(value)) visit(member, path === '' ? name : `${path}.${name}`);
    }
  };
  visit(request, '');
  return leaves;
}

function differencesOf(asked: ReadonlyMap<string, string>, recorded: ReadonlyMap<string, string>): Difference[] {
  const paths = [...new Set([...asked.keys(), ...recorded.keys()])];
  return paths
    .filter((path) => asked.get(path) !== recorded.get(path))
    .map((path) => {
      const [a, b] = [asked.get(path) ?? '', recorded.get(path) ?? ''];
      return { path, asked: a, recorded: b, at: commonStart(a, b) };
    });
}

/** How much text is not the same. */
const distance = (differences: readonly Difference[]): number =>
  differences.reduce((sum, { asked, recorded, at }) => {
    const [a, b] = [asked.slice(at), recorded.slice(at)];
    return sum + 1 + Math.max(a.length, b.length) - commonEnd(a, b);
  }, 0);

function commonStart(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

function commonEnd(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a.at(-1 - length) === b.at(-1 - length)) length++;
  return length;
}

/** The place of a text where it begins to differ, with a few words before it. */
function shown(text: string, at: number): string {
  if (text === '') return 'nothing';
  const start = Math.max(0, at - 20);
  const piece = text.slice(start, start + shownLength);
  return JSON.stringify(`${start > 0 ? '…' : ''}${piece}${start + shownLength < text.length ? '…' : ''}`);
}
