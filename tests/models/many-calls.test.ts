import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { generate } from '../../src/models/generate.ts';
import { openProviderServer } from '../support/provider-server.ts';
import { modelAt } from './models-at.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is in use once nothing more can be freed: what is freed in one turn lets go of more in the next. */
async function heapInUse(): Promise<number> {
  for (let round = 0; round < 10; round++) {
    collect();
    await new Promise((turn) => setImmediate(turn));
  }
  return process.memoryUsage().heapUsed;
}

const schema = z.object({ ideas: z.array(z.string()) });

test('3,000 calls under one signal leave no listener, no socket and no memory behind', async () => {
  await using provider = await openProviderServer();
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  const cancel = new AbortController();
  const model = await modelAt(provider, 'openai/x');
  let calls = 0;
  let asked = 0;
  let listeners = 0;
  const ends = new Set<string>();
  // Of three calls one is refused, one ends well, and one is broken off by its caller in the middle.
  provider.answerAll((exchange) => {
    const kind = asked++ % 3;
    // The log of requests would grow with them.
    provider.requests.length = 0;
    if (kind === 0) return exchange.fail(500);
    exchange.writeText(`{"ideas":["${kind === 1 ? 'go on' : 'stop'}"`);
    if (kind === 2) return;
    exchange.writeText(']}');
    exchange.finish();
  });
  const call = async (): Promise<void> => {
    calls++;
    await generate({
      model,
      prompt: 'x',
      schema,
      elements: 'ideas',
      onElement: (element) => {
        listeners = Math.max(listeners, getEventListeners(cancel.signal, 'abort').length);
        if (element === 'stop') throw new Error('enough');
      },
      signal: cancel.signal,
    }).then(
      () => ends.add('answered'),
      (thrown: Error) => ends.add('code' in thrown ? String(thrown.code) : thrown.message),
    );
  };
  const run = async (until: number): Promise<void> => {
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        while (calls < until) await call();
      }),
    );
  };
  await run(1000);
  const before = await heapInUse();
  await run(3000);
  const grown = (await heapInUse()) - before;
  expect(ends).toEqual(new Set(['answered', 'MODEL_SERVER_ERROR', 'enough']));
  expect(listeners).toBeLessThanOrEqual(10);
  expect(getEventListeners(cancel.signal, 'abort')).toEqual([]);
  expect(warnings).toEqual([]);
  expect(grown).toBeLessThan(5_000_000);
  expect(provider.openSockets()).toBeLessThanOrEqual(20);
  process.off('warning', onWarning);
}, 120_000);
