import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { scratchFolder } from '../support/scratch.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs the harness at small sizes. @returns the table, and the report as it was written */
function bench(...figures: string[]) {
  using folder = scratchFolder();
  const json = join(folder.path, 'report.json');
  const command = ['--import', 'tsx', 'bench/run.ts', '--quick', '--json', json, ...figures];
  const table = execFileSync(process.execPath, command, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return { table, report: JSON.parse(readFileSync(json, 'utf8')) };
}

test(
  'takes the figures that are asked for, of Lion and of stock parts, and tells of the machine first',
  { timeout: 120_000 },
  () => {
    const { table, report } = bench('operation', 'journal', 'latency', 'sessions');
    expect(table).toMatch(/^fsync: p50 \d+\.\d\d ms/);
    expect(report).toMatchObject({ quick: true, machine: { cores: expect.any(Number), fsyncMs: { p50: expect.any(Number) } } });
    expect(report.rows.map(({ figure, unit, reach }: Record<string, unknown>) => ({ figure, unit, reach }))).toEqual([
      { figure: 'operation', unit: 'ms', reach: { under: 5 } },
      { figure: 'journal', unit: '/s', reach: { over: 15_000 } },
      { figure: 'latency', unit: 'ms', reach: { under: 15 } },
      { figure: 'sessions', unit: 'ms', reach: { under: 50 } },
      { figure: 'sessions', unit: 'events', reach: { exactly: 0 } },
    ]);
    for (const { what, unit, lion, stock, reached } of report.rows) {
      expect(table).toContain(`| ${what} `);
      expect(reached).toBeTypeOf('boolean');
      if (unit !== 'events') expect(Math.min(lion, stock)).toBeGreaterThan(0);
    }
    // Whatever the machine: nothing is lost.
    expect(report.rows.at(-1)).toMatchObject({ lion: 0, reached: true });
  },
);

test('names the figures that there are when it is asked for another', () => {
  expect(() => bench('speed')).toThrow(/status 2|Command failed/);
});
