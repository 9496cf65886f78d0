import stringWidth from 'string-width';
import type { OperationOutput, OperationStatus, PlanStepTree, Usage } from '../client/index.ts';
import { duration, grouped, money, oneLine, wrapped, type Paint } from './format.ts';
import { after, widestColumns } from './render.ts';

/** An operation that has ended. */
export interface EndedOperation {
  id: string;
  kind: string;
  status: OperationStatus;
  model: string | null;
  output: OperationOutput | null;
  /** What there is of an output although it failed. */
  partialOutput: OperationOutput | null;
  /** What came of the steps of a plan that were carried out, by the ids of their operations. */
  results: ReadonlyMap<string, string>;
  error: { code: string; message: string; retryable: boolean } | null;
  usage: Usage;
  createdAt: string;
  finishedAt: string | null;
}

/** What an operation produced, to be read. */
export function renderOutput(
  output: OperationOutput,
  results: ReadonlyMap<string, string>,
  terminalColumns: number,
  paint: Paint,
): string[] {
  const columns = Math.min(terminalColumns, widestColumns);
  switch (output.__typename) {
    case 'RunOutput': {
      const { selectedIdea, steps } = output;
      return [
        paint.cyan('Selected idea'),
        ...idea(selectedIdea, columns - 2, paint).map((line) => `  ${line}`),
        '',
        paint.cyan('Plan'),
        ...plan(steps, results, columns, paint),
      ];
    }
    case 'BrainstormOutput':
      return output.ideas.flatMap((each, index) => [...(index > 0 ? [''] : []), ...idea(each, columns, paint)]);
    case 'PlanOutput':
      return plan(output.steps, results, columns, paint);
    case 'SelectOutput':
      return output.selected.flatMap(({ choice, score, rationale, tieBreak }) => [
        ...wrapped(oneLine(choice.label), columns).map(paint.bold),
        ...wrapped([score === null ? '' : `${score.toFixed(2)}:`, rationale ?? ''].join(' ').trim(), columns, '  '),
        ...(tieBreak === null ? [] : wrapped(`Tie: ${tieBreak}`, columns, '  ')),
      ]);
    case 'PerformOutput':
      return wrapped(output.text, columns);
    case 'UnknownOutput':
      return JSON.stringify(output.data, null, 2).split('\n');
    default:
      return [];
  }
}

function idea(
  { title, description, rationale }: { title: string; description: string; rationale: string },
  columns: number,
  paint: Paint,
): string[] {
  return [
    ...wrapped(oneLine(title), columns).map(paint.bold),
    ...wrapped(description, columns, '  '),
    ...wrapped(`Why: ${rationale}`, columns, '  ').map(paint.dim),
  ];
}

function plan(steps: readonly PlanStepTree[], results: ReadonlyMap<string, string>, columns: number, paint: Paint): string[] {
  const numbers = new Map(steps.map(({ id }, index) => [id, index + 1]));
  const width = String(steps.length).length;
  const indent = ' '.repeat(width + 4);
  return steps.flatMap(({ title, description, dependsOn, doneWhen, status, operation, steps: parts }, index) => {
    const [first = '', ...rest] = wrapped(oneLine(title), columns, indent);
    const before = after(dependsOn, numbers);
    return [
      ...(index > 0 ? [''] : []),
      `  ${paint.cyan(String(index + 1).padStart(width))}  ${paint.bold(first.trimStart())}`,
      ...rest.map(paint.bold),
      ...wrapped(description, columns, indent),
      ...wrapped(`Done when: ${doneWhen}`, columns, indent).map(paint.dim),
      ...(before === '' ? [] : wrapped(before.replace('a', 'A'), columns, indent).map(paint.dim)),
      ...parts.flatMap((part) => [
        ...wrapped(`• ${part.title}`, columns, indent),
        ...wrapped(results.get(part.operation?.id ?? '') ?? '', columns, `${indent}  `).filter((line) => line.trim() !== ''),
      ]),
      ...(status === 'PLANNED' ? [] : [paint.dim(`${indent}${status.toLowerCase()}`)]),
      ...wrapped(results.get(operation?.id ?? '') ?? '', columns, indent).filter((line) => line.trim() !== ''),
    ];
  });
}

/** What it took, in one line; broken between its parts where the terminal is narrow. */
export function renderCost({ id, model, usage, createdAt, finishedAt }: EndedOperation, columns: number): string[] {
  const { inputTokens, outputTokens, cost } = usage;
  const tookMs = finishedAt === null ? undefined : Date.parse(finishedAt) - Date.parse(createdAt);
  const parts = [
    `${grouped(inputTokens + outputTokens)} tokens (${grouped(inputTokens)} in, ${grouped(outputTokens)} out)`,
    ...(cost === null || model === 'builtin' ? [] : [money(cost)]),
    ...(tookMs === undefined ? [] : [duration(tookMs)]),
    ...(model === null ? [] : [model]),
    id,
  ];
  const lines: string[] = [];
  for (const part of parts) {
    const longer = lines.length > 0 ? `${lines.at(-1)} · ${part}` : part;
    if (lines.length > 0 && stringWidth(longer) <= columns) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}
