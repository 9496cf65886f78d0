import { isReached, type Reach, type Row, type Unit } from './figure.ts';
import type { Machine } from './machine.ts';

/** What a run found: what is printed, and what is written as JSON. */
export interface Report {
  at: string;
  quick: boolean;
  machine: Machine;
  rows: (Row & { figure: string; reached: boolean })[];
}

const columns = ['what', 'reach', 'Lion', 'reached', 'stock parts', 'also'] as const;

/** The table, in Markdown. */
export function table({ rows }: Report): string {
  const cells = rows.map((row) => [
    row.what,
    reachText(row.reach, row.unit),
    quantity(row.lion, row.unit),
    isReached(row) ? 'yes' : 'NO',
    row.stock === null ? '-' : quantity(row.stock, row.unit),
    Object.entries(row.also ?? {})
      .map(([name, value]) => `${name} ${typeof value === 'number' ? number(value) : value}`)
      .join('; '),
  ]);
  const widths = columns.map((name, index) => Math.max(name.length, ...cells.map((line) => line[index]!.length)));
  const line = (texts: readonly string[]): string => `| ${texts.map((text, index) => text.padEnd(widths[index]!)).join(' | ')} |`;
  return [line(columns), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...cells.map(line)].join('\n');
}

export function machineText({ cpu, cores, memoryGb, node, commit, load, fsyncMs }: Machine): string {
  return [
    `fsync: p50 ${fsyncMs.p50.toFixed(2)} ms, p99 ${fsyncMs.p99.toFixed(2)} ms (4 KiB and fdatasync, 200 times, where the databases are)`,
    `machine: ${cpu}, ${cores} cores, ${memoryGb} GB; load ${load.toFixed(1)}; Node ${node}; Lion ${commit}`,
  ].join('\n');
}

function reachText(reach: Reach, unit: Unit): string {
  if ('under' in reach) return `under ${quantity(reach.under, unit)}`;
  if ('over' in reach) return `over ${quantity(reach.over, unit)}`;
  return quantity(reach.exactly, unit);
}

function quantity(value: number, unit: Unit): string {
  return unit === '%' || unit === '/s' ? `${number(value)}${unit}` : `${number(value)} ${unit}`;
}

function number(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en');
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : `${Number(value.toPrecision(3))}`;
}
