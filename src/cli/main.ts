#!/usr/bin/env node
import { CommanderError } from 'commander';
import { LionClientError } from '../client/index.ts';
import { InputInvalidError, LionError } from '../errors.ts';
import { CliError, exitCodes } from './errors.ts';
import { InterruptedError } from './interrupt.ts';
import { createProgram } from './program.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read it, as `head`, has enough.
  if (error.code === 'EPIPE') process.exit(exitCodes.brokenPipe);
  throw error;
});

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = tell(error);
}

/** Says what went wrong. What is expected to happen is told in a sentence; anything else is a fault, whose trace helps. */
function tell(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUsage;
  if (error instanceof InterruptedError) return exitCodes.interrupted;
  const expected = error instanceof CliError || error instanceof LionError || error instanceof LionClientError;
  console.error(expected ? `lion: ${error.message}` : error);
  if (error instanceof CliError) return error.exitCode;
  const isBadInput = error instanceof InputInvalidError || (error instanceof LionClientError && error.code === 'BAD_INPUT');
  return isBadInput ? exitCodes.wrongUsage : exitCodes.failed;
}
