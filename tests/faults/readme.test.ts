import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { scratchFolder } from '../support/scratch.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

it("the README's kind of one's own is served, and stops as the README says", async () => {
  using scratch = scratchFolder();
  const source = /```js\n(\/\/ my-lion\.mjs[^]*?)```/.exec(readme)![1]!;
  // In the project's folder, from where `lion` can be imported.
  const script = join(root, `my-lion-${process.pid}.mjs`);
  writeFileSync(script, source);
  try {
    const child = spawn(process.execPath, [script], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        LION_MODEL: 'builtin',
        LION_PORT: '0',
        LION_LOG_LEVEL: 'silent',
        LION_DATABASE_URL: `file:${join(scratch.path, 'lion.db')}`,
      },
    });
    let stdout = '';
    const url = await new Promise<string>((resolve) =>
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
        const found = /listens on (http:\/\/\S+)[^]*npx lion run/.exec(stdout);
        if (found) resolve(found[1]!);
      }),
    );
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-api-key': readFileSync(join(scratch.path, 'lion.db.key'), 'utf8').trim(),
      },
      body: JSON.stringify({
        query: `mutation { summarize(input: { text: "Lions live in prides and hunt at dusk.", points: 2 }, options: { waitMs: 20000 }) {
          ... on Operation { status output { ... on SummarizeOutput { points } } } } }`,
      }),
    });
    expect(await response.json()).toEqual({
      data: { summarize: { status: 'SUCCEEDED', output: { points: [expect.any(String), expect.any(String)] } } },
    });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  } finally {
    rmSync(script);
  }
});
