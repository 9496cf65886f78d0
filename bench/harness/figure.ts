import type { Parts } from './servers.ts';

/** What the issue asks for. */
export type Reach = { under: number } | { over: number } | { exactly: number };

export type Unit = 's' | 'ms' | '/s' | 'MB' | 'KB' | '%' | 'times' | 'events';

/** One line of the table. */
export interface Row {
  /** What was measured. */
  what: string;
  unit: Unit;
  reach: Reach;
  lion: number;
  /** Of the stock parts on the same work, in the same run; null where they have nothing that compares. */
  stock: number | null;
  /** What else was seen, to be read beside the figure. */
  also?: Record<string, number | string>;
}

/** Where and at what size a figure is taken. */
export interface Bench extends Parts {
  /** Small sizes: shows that the harness works, and nothing else. */
  quick: boolean;
  /** A new path for a database, on the disk whose fsync is measured. */
  newDatabase(): string;
  /** A folder whose files are kept from run to run. */
  cache: string;
}

export interface Figure {
  /** What the command line calls it. */
  name: string;
  measure(bench: Bench): Promise<Row[]>;
}

export function isReached({ reach, lion }: Row): boolean {
  if ('under' in reach) return lion < reach.under;
  if ('over' in reach) return lion > reach.over;
  return lion === reach.exactly;
}
