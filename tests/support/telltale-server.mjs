// `lion serve` with a kind of operation that fails with an error that tells all that its process knows.
import { z } from 'zod';
import { configFromEnv, define, serveUntilStopped } from '../../dist/index.js';

const telltale = define({
  kind: 'telltale',
  version: 1,
  description: 'Tells what it should not.',
  input: z.object({ whom: z.string().default('anybody') }),
  output: z.object({ nothing: z.string() }),
  async execute() {
    const told = JSON.stringify(process.env);
    throw Object.assign(new Error(`it went wrong with ${told}`, { cause: new Error(told) }), { request: { env: process.env } });
  },
});

await serveUntilStopped(configFromEnv(), { definitions: [telltale] });
