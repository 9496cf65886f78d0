import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';
import { describe, expect, test } from 'vitest';
import { chromiumPath, openBrowser } from '../support/browser.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';
import { ideasJson, openProviderLion } from '../support/provider-lion.ts';
import { openProxy } from '../support/proxy.ts';
import { scratchFolder } from '../support/scratch.ts';

const pathOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const missing = chromiumPath === undefined && !process.env['CI'];
if (missing) {
  console.warn(
    'SKIPPED: the example pages are built, and not tried in a browser. There is no Chromium here; set CHROMIUM_PATH to one.',
  );
}

test("the examples, and the README's, fit the types of what they import", { timeout: 60_000 }, () => {
  const clients = /\n## Clients\n[^]*?(?=\n## )/.exec(readFileSync(pathOf('README.md'), 'utf8'))![0];
  const snippets = [...clients.matchAll(/```ts\n([^]*?)```/g)].map(([, snippet]) => snippet!);
  expect(snippets).toHaveLength(3);
  const folder = mkdtempSync(pathOf('examples/readme-'));
  try {
    for (const [index, snippet] of snippets.entries())
      writeFileSync(join(folder, `${index}.ts`), `declare const url: string, key: string;\n${snippet}`);
    const checked = spawnSync('npx', ['tsc', '-p', 'examples'], { cwd: pathOf('.'), encoding: 'utf8' });
    expect(checked.stdout).toBe('');
    expect(checked.status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('programs', () => {
  /** What an example prints. */
  async function run(example: string, { url, key }: TestLion): Promise<string[]> {
    const program = spawn(process.execPath, ['--import', 'tsx', pathOf(`examples/${example}/main.ts`), url, key], {
      cwd: pathOf('.'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    program.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    expect(await once(program, 'close')).toEqual([0, null]);
    return printed.trim().split('\n');
  }

  test('node: starts a run, follows it, and says what was selected', async () => {
    await using lion = await openTestLion();
    const lines = await run('node', lion);
    expect(lines.filter((line) => line.startsWith('idea: '))).toHaveLength(3);
    expect(lines.filter((line) => line.startsWith('step: ')).length).toBeGreaterThan(1);
    expect(lines.at(-2)).toMatch(/^selected: ./);
    expect(lines.at(-1)).toBe('SUCCEEDED');
  });

  test('graphql-ws: follows an operation to its end', async () => {
    await using lion = await openTestLion();
    const lines = await run('graphql-ws', lion);
    expect(lines.filter((line) => line.includes('IdeaProposed'))).toHaveLength(3);
    expect(lines.at(-1)).toContain('OperationSucceeded');
  });
});

describe.each(['apollo', 'urql'])('the page of %s', (example) => {
  /** Builds the page, and serves what was built. */
  async function openPage(): Promise<AsyncDisposable & { url: string }> {
    const folder = scratchFolder();
    const root = pathOf(`examples/${example}`);
    const outDir = folder.path;
    await build({ configFile: false, root, logLevel: 'error', build: { outDir, emptyOutDir: true } });
    const server = await preview({
      configFile: false,
      root,
      logLevel: 'error',
      build: { outDir },
      preview: { host: '127.0.0.1', port: 0 },
    });
    return {
      url: server.resolvedUrls!.local[0]!,
      async [Symbol.asyncDispose]() {
        await server.close();
        folder[Symbol.dispose]();
      },
    };
  }

  test('is built', { timeout: 60_000 }, async () => {
    await using page = await openPage();
    expect(await (await fetch(page.url)).text()).toContain('<script type="module"');
  });

  test.skipIf(missing)('shows each idea once, though the connection is cut on the way', { timeout: 90_000 }, async () => {
    await using site = await openPage();
    await using lion = await openProviderLion();
    await using proxy = await openProxy(lion.test.url);
    await using browser = await openBrowser('http://127.0.0.1:');
    const page = await browser.context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'warning') complaints.push(message.text());
    });
    await page.goto(`${site.url}?url=${encodeURIComponent(proxy.url)}&key=${lion.test.key}`);
    const ideas = page.locator('#ideas li');
    const status = page.locator('#status');
    await page.getByRole('button', { name: 'Brainstorm' }).click();
    const asked = await lion.provider.nextRequest();
    const text = ideasJson('Crumb', 'Crust', 'Loaf');
    const [first, rest] = [text.slice(0, text.indexOf('},{') + 2), text.slice(text.indexOf('},{') + 2)];
    asked.writeText(first);
    await expect.poll(() => ideas.allTextContents(), { timeout: 10_000 }).toEqual(['Crumb']);
    proxy.cut();
    await page.getByText(/The connection is (?:lost|back)/).waitFor();
    asked.writeText(rest);
    asked.finish();
    await expect.poll(() => status.textContent(), { timeout: 10_000 }).toMatch(/^OperationSucceeded/);
    expect(await ideas.allTextContents()).toEqual(['Crumb', 'Crust', 'Loaf']);
    expect(complaints).toEqual([]);
    expect(browser.strayRequests).toEqual([]);
  });
});
