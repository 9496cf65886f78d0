import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { chromiumPath, openBrowser } from '../support/browser.ts';
import { scratchFolder } from '../support/scratch.ts';
import { startServer } from '../support/server-process.ts';
import { answerOf, enterKey, playOnly, show, pasteQuery } from './graphiql.ts';

const missing = chromiumPath === undefined && !process.env['CI'];

/** What the README has a person try first, as it is there. */
const chapter = readFileSync(new URL('../../README.md', import.meta.url), 'utf8').split('## A first query and subscription')[1]!;
const [firstQuery, firstSubscription] = [...chapter.matchAll(/```graphql\n([^]*?)```/g)].map(([, text]) => text!);

const expectAnswer = async (page: Page, pattern: RegExp): Promise<void> =>
  await expect.poll(() => answerOf(page), { timeout: 20_000 }).toMatch(pattern);

test.skipIf(missing)(
  "the README's first query runs in GraphiQL, which survives that Lion is killed and started again",
  { timeout: 120_000 },
  async () => {
    using folder = scratchFolder();
    const first = await startServer(folder.path);
    await using browser = await openBrowser(first.url);
    const page = await browser.context.newPage();
    await page.goto(`${first.url}/graphql`);
    await enterKey(page, first.key);

    await pasteQuery(page, firstQuery!);
    await playOnly(page);
    await expectAnswer(page, /"brainstorm": \{ "id": "op_\w+", "status": "SUCCEEDED", .*"ideas": \[ \{ "title": "/);
    const answer = await answerOf(page);
    const [operation] = /op_\w+/.exec(answer)!;
    const [session] = /ses_\w+/.exec(answer)!;
    await show(page, 'readme-query');

    await pasteQuery(page, firstSubscription!.replace('op_...', operation));
    await playOnly(page);
    await expectAnswer(page, /OperationSucceeded/);
    await show(page, 'readme-subscription');

    // A subscription that does not end, while Lion is killed.
    await pasteQuery(page, `subscription Live { sessionEvents(sessionId: "${session}") { seq type } }`, 'Live');
    await playOnly(page);
    await expectAnswer(page, /OperationSucceeded/);
    await first.kill('SIGKILL');
    // It says so, in place of what it waits for.
    await expectAnswer(page, /"errors": \[ \{ "message": ".*network/i);
    await show(page, 'killed');

    await using second = await startServer(folder.path, { LION_PORT: new URL(first.url).port });
    expect([second.url, second.key]).toEqual([first.url, first.key]);
    await playOnly(page);
    await expectAnswer(page, /OperationSucceeded/);
    const mutation = `mutation { updateSession(input: { id: "${session}", title: "Back" }) { __typename } }`;
    await fetch(`${second.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': second.key },
      body: JSON.stringify({ query: mutation }),
    });
    await expectAnswer(page, /SessionUpdated/);
    await show(page, 'back');

    // A page that is loaded anew has its key and its tab still.
    await page.reload();
    await pasteQuery(page, `query Look { operation(id: "${operation}") { status } }`, 'Look');
    await playOnly(page);
    await expectAnswer(page, /"status": "SUCCEEDED"/);
    expect(browser.strayRequests).toEqual([]);
  },
);
