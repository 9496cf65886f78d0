import type { UsageGrouping } from '../client/index.ts';
import { connectToRead, type Printing } from './connect.ts';
import { exitCodes } from './errors.ts';
import { grouped, money } from './format.ts';
import { printJson, printTable } from './table.ts';

export interface UsageOptions extends Printing {
  from?: string;
  to?: string;
  by?: UsageGrouping[];
}

/** What usage can be added up by, as the option `--by` has it. */
export const groupings = ['day', 'model', 'kind', 'key'] as const;

/** `lion usage`: what model calls used, and what they cost. @returns the exit code */
export async function usageCommand(options: UsageOptions): Promise<number> {
  const { from, to, by = ['DAY', 'MODEL'], json = false } = options;
  await using connection = await connectToRead(options);
  const groups = await connection.client.usage({ ...(from && { from }), ...(to && { to }), groupBy: by });
  if (json) printJson(groups);
  else if (groups.length === 0) process.stdout.write('No model was asked in this time.\n');
  else {
    const columns = { DAY: 'day', MODEL: 'model', KIND: 'kind', KEY: 'keyId' } as const;
    printTable(
      [...by.map((grouping) => grouping.toLowerCase()), 'calls', 'input', 'output', 'cost'],
      groups.map(({ usage, calls, ...group }) => [
        ...by.map((grouping) => group[columns[grouping]] ?? '-'),
        grouped(calls),
        grouped(usage.inputTokens),
        grouped(usage.outputTokens),
        usage.cost === null ? '?' : money(usage.cost),
      ]),
    );
  }
  return exitCodes.done;
}
