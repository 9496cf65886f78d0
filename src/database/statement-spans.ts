import { LRUCache } from 'lru-cache';
import { activeSpan, codeOf, type SpanOptions } from '../origin.ts';

/** Far more than there are. */
const mostKnown = 500;

const known = new LRUCache<string, { name: string; options: SpanOptions }>({ max: mostKnown });

/** What a trace says of a transaction that writes. */
export const commitAttributes = { 'db.system.name': 'sqlite', 'db.operation.name': 'COMMIT', 'db.query.summary': 'COMMIT' };

/** Asks the database, as a piece of what is traced. Of the statement, a trace has the tables that it names, and no value. */
export function tracedStatement<T>(sql: string, ask: () => T): T {
  const span = beginStatement(sql);
  if (!span) return ask();
  try {
    const answer = ask();
    span.end();
    return answer;
  } catch (error) {
    span.end(codeOf(error));
    throw error;
  }
}

/** The same, for an answer that comes later. */
export async function tracedQuery<T>(sql: string, ask: () => Promise<T>): Promise<T> {
  const span = beginStatement(sql);
  if (!span) return ask();
  try {
    const answer = await ask();
    span.end();
    return answer;
  } catch (error) {
    span.end(codeOf(error));
    throw error;
  }
}

function beginStatement(sql: string) {
  const parent = activeSpan();
  if (!parent) return undefined;
  let described = known.get(sql);
  if (!described) known.set(sql, (described = describe(sql)));
  return parent.begin(described.name, described.options);
}

/** What OpenTelemetry's conventions for databases want to know of each statement. */
function describe(sql: string): { name: string; options: SpanOptions } {
  const operation = /\b(SELECT|INSERT|UPDATE|DELETE|BEGIN|COMMIT|ROLLBACK|PRAGMA)\b/i.exec(sql)?.[1]?.toUpperCase() ?? 'QUERY';
  const found = sql.matchAll(/\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:[`"]main[`"]\.)?[`"](\w+)[`"]/gi);
  const tables = [...new Set([...found].map(([, table]) => table!))];
  const name = [operation, ...tables].join(' ');
  return {
    name,
    options: {
      kind: 'CLIENT',
      attributes: {
        'db.system.name': 'sqlite',
        'db.operation.name': operation,
        'db.query.summary': name,
        ...(tables.length === 1 && { 'db.collection.name': tables[0] }),
      },
    },
  };
}
