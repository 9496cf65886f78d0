import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { openProviderServer, type ProviderServer } from '../support/provider-server.ts';
import { runCli } from '../support/server-process.ts';

/** A command of the CLI, while it runs and when it has ended. */
export interface Cli {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves once what it printed matches. Fails when it ends before. */
  printed(pattern: RegExp): Promise<void>;
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

export function startCli(args: readonly string[], folder: string, env: Record<string, string> = {}): Cli {
  const child = runCli(args, folder, env);
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }));
  return {
    process: child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    printed(pattern) {
      return new Promise((resolve, reject) => {
        const check = (): void => {
          if (pattern.test(stdout) || pattern.test(stderr)) resolve();
        };
        child.stdout!.on('data', check);
        child.stderr!.on('data', check);
        child.once('close', () => reject(new Error(`It ended without printing ${pattern}:\n${stdout}\n${stderr}`)));
        check();
      });
    },
  };
}

/** Runs a command to its end. */
export const cli = (args: readonly string[], folder: string, env?: Record<string, string>): Cli['ended'] =>
  startCli(args, folder, env).ended;

/** A provider whose answers are up to the test, and the environment that makes it the model. */
export async function openProvider(): Promise<ProviderServer & { env: Record<string, string> }> {
  const provider = await openProviderServer();
  return Object.assign(provider, { env: { LION_MODEL: 'openai-compatible/test', LION_MODEL_BASE_URL: provider.openaiUrl } });
}

/** What a model says that is asked for ideas, a selection, a plan. */
export const answers = {
  ideas: JSON.stringify({
    ideas: ['North', 'South', 'West'].map((title) => ({ title, description: `Go ${title}.`, rationale: 'It is there.' })),
  }),
  selection: JSON.stringify({ selections: [{ id: 'idea-2', score: 0.8, rationale: 'It is warm.' }] }),
  plan: JSON.stringify({
    steps: [
      { id: 'pack', title: 'Pack', description: 'Fill a bag.', dependsOn: [], doneWhen: 'The bag is full.' },
      { id: 'go', title: 'Go', description: 'Walk.', dependsOn: ['pack'], doneWhen: 'It is warm.' },
    ],
  }),
};
