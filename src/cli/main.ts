#!/usr/bin/env node
import { Command } from 'commander';
import { configFromEnv } from '../config.ts';
import { LionError } from '../errors.ts';
import { serveCommand } from './serve.ts';

const program = new Command('lion').description('The agent server that front ends have been missing.').showHelpAfterError();

program
  .command('serve')
  .description('serve the API until told to stop')
  .action(() => serveCommand(configFromEnv()));

try {
  await program.parseAsync();
} catch (error) {
  // What Lion expects to meet is told in a sentence; anything else is a fault, whose trace helps.
  console.error(error instanceof LionError ? `lion: ${error.message}` : error);
  process.exitCode = 1;
}
