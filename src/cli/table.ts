import stringWidth from 'string-width';
import { sizeOf } from './display.ts';
import { pad, paintFor, truncate } from './format.ts';

/** Rows in columns, with two spaces between them. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const [first = []] = rows;
  const widths = first.map((_, column) => Math.max(...rows.map((row) => stringWidth(row[column] ?? ''))));
  return rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

/** Prints a list: a head, and a line for each; on a terminal, cut to its width. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const [first = '', ...lines] = alignColumns([head, ...rows]);
  const { columns } = sizeOf(process.stdout);
  const fit = (line: string): string => (process.stdout.isTTY ? truncate(line, columns) : line);
  process.stdout.write(`${[paintFor(process.stdout).dim(fit(first)), ...lines.map(fit)].join('\n')}\n`);
}

/** Prints a value for programs: indented JSON, and a line break. */
export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

/** A time to the minute, in the time of this machine; a word where there is none. */
export function minute(iso: string | null, none = ''): string {
  if (iso === null) return none;
  const at = new Date(iso);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
