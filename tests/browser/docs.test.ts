import { afterAll, describe, expect, test } from 'vitest';
import { chromiumPath, openBrowser } from '../support/browser.ts';
import { openTestLion, type TestLion } from '../support/lion.ts';

if (chromiumPath === undefined) console.warn('Left out: the page to try REST on, as there is no Chromium on this machine.');

describe.skipIf(chromiumPath === undefined)('the page to try REST on', () => {
  let lion: TestLion | undefined;
  afterAll(() => lion?.[Symbol.asyncDispose]());

  test('shows every call, and makes one with a key, from Lion alone', { timeout: 120_000 }, async () => {
    lion = await openTestLion();
    await using browser = await openBrowser(lion.url);
    const page = await browser.context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
    page.on('pageerror', (error) => void complaints.push(error.message));
    await page.goto(`${lion.url}/docs`);
    const call = page.locator('#operations-agent-perform');
    await call.waitFor();
    expect(await page.locator('.opblock').count()).toBeGreaterThan(20);

    await page.locator('button.authorize').first().click();
    await page.getByLabel('auth-bearer-value').or(page.locator('.auth-container input')).first().fill(lion.key);
    await page.locator('.auth-btn-wrapper button.authorize').first().click();
    await page.locator('.auth-btn-wrapper button.btn-done').first().click();

    await call.locator('.opblock-summary').click();
    await call.locator('.try-out__btn').click();
    await call.locator('button.execute').click();
    await call.locator('.live-responses-table .response-col_status').filter({ hasText: '200' }).waitFor();
    expect(await call.locator('.live-responses-table').textContent()).toContain('SUCCEEDED');
    expect(browser.strayRequests).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
