import type { Bench, Figure, Row } from '../harness/figure.ts';

const appendsAtATime = 64;
const durationMs = { full: 4000, quick: 200 };
const warmUpMs = { full: 1000, quick: 100 };

/**
 * Appends of one event each, straight to the journal in a process of its own, 64 at a time in as many sessions, each waiting
 * until its event is stored: how many a second, for 4 s. Beside it, one `create` of an ORM for each event.
 */
export const journal: Figure = { name: 'journal', measure };

async function measure(bench: Bench): Promise<Row[]> {
  const size = bench.quick ? 'quick' : 'full';
  const run = async (path: string): Promise<number> => {
    const args = [bench.newDatabase(), appendsAtATime, warmUpMs[size], durationMs[size]];
    return (await bench.runProgram(path, args.map(String))).perSecond!;
  };
  return [
    {
      what: 'journal: single-event appends, awaited, 64 at a time',
      unit: '/s',
      reach: { over: 15_000 },
      lion: await run('server/journal.mjs'),
      stock: await run('stock/appends.mjs'),
    },
  ];
}
