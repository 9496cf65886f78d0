import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { gate } from '../support/api.ts';
import { chromiumPath, openBrowser } from '../support/browser.ts';
import { openTestLion, refOf } from '../support/lion.ts';
import { ideas, scripted } from '../support/scripted.ts';
import { answerOf, enterKey, playOnly, show } from './graphiql.ts';

const missing = chromiumPath === undefined && !process.env['CI'];
if (missing) {
  console.warn('SKIPPED: GraphiQL is not tried in a browser. There is no Chromium here; set CHROMIUM_PATH to one.');
}

const selection = '{"selections":[{"id":"idea-1","score":1,"rationale":"It fits."}]}';
const plan = '{"steps":[{"id":"a","title":"Bake","description":"Bread.","dependsOn":[],"doneWhen":"It smells."}]}';

/** Chooses one of the operations of the document, as the menu of the play button has them. */
async function play(page: Page, operation: string): Promise<void> {
  await page.locator('button.graphiql-execute-button').click();
  await page.getByRole('menuitem', { name: operation }).click();
}

test.skipIf(missing)(
  'a person starts an operation in GraphiQL and watches it, with a key and nothing from elsewhere',
  { timeout: 90_000 },
  async () => {
    const release = gate();
    await using lion = await openTestLion({
      models: scripted([ideas('The Crumb', 'Rise', 'Loaf'), selection, async () => (await release.opened, plan)]),
    });
    await using browser = await openBrowser(lion.url);
    const page = await browser.context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
    });
    const response = await page.goto(`${lion.url}/graphql`);
    const policy = response!.headers()['content-security-policy']!;
    expect(policy).toMatch(/script-src 'sha256-/);
    expect(/script-src[^;]*/.exec(policy)![0]).not.toMatch(/unsafe|\*|https?:/);
    expect(await page.title()).toBe('Lion');

    // Without a key the documentation is there; everything else says what is missing.
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByText('What can be read.').or(page.getByText('Root Types')).first().waitFor();
    await page.getByRole('button', { name: 'Hide Documentation Explorer' }).click();
    await show(page, 'first');
    await play(page, 'Start');
    await expect.poll(() => answerOf(page), { timeout: 10_000 }).toMatch(/An API key is missing/);
    await show(page, 'no-key');

    // The key goes between the quotes that are there.
    await enterKey(page, lion.key);
    await play(page, 'Start');
    await expect.poll(() => answerOf(page), { timeout: 10_000 }).toMatch(/op_\w+/);
    const [id] = /op_\w+/.exec(await answerOf(page))!;
    await show(page, 'started');

    // The id goes into the subscription; what happens appears while it happens.
    const query = page.locator('.graphiql-query-editor .monaco-editor');
    await query.click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.insertText(`subscription Watch { operationEvents(operationId: "${id}") { seq type } }`);
    // GraphiQL has taken note of what was typed once the tab is called so.
    await page.locator('.graphiql-tab', { hasText: 'Watch' }).waitFor();
    await playOnly(page);
    await expect.poll(() => answerOf(page), { timeout: 10_000 }).toMatch(/StepStarted/);
    expect(await answerOf(page)).not.toMatch(/OperationSucceeded/);
    await show(page, 'watching');
    release.open();
    await expect.poll(() => answerOf(page), { timeout: 10_000 }).toMatch(/OperationSucceeded/);
    await show(page, 'watched');
    expect((await lion.follow(refOf(id))).at(-1)?.type).toBe('OperationSucceeded');
    expect(browser.strayRequests).toEqual([]);
    expect(complaints).toEqual([]);
    // What somebody manages to write into the page does not run.
    const ran = await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
      return 'ran' in window;
    });
    expect(ran).toBe(false);
  },
);
