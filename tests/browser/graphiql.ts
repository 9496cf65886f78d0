import type { Page } from 'playwright-core';

/** Where to look at what a test saw. */
const screenshots = process.env['LION_SCREENSHOTS'];
export const show = async (page: Page, name: string): Promise<void> => {
  if (screenshots) await page.screenshot({ path: `${screenshots}/graphiql-${name}.png` });
};

/** Puts the key between the quotes that the headers begin with. */
export async function enterKey(page: Page, key: string): Promise<void> {
  const headers = page.locator('.graphiql-editor-tool .monaco-editor').last();
  await headers.getByText('"X-API-Key"').click();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.insertText(key);
}

/**
 * Pastes a document over what the editor has: what is typed, the editor would add brackets to.
 *
 * @param name as its tab is called once GraphiQL has taken note
 */
export async function pasteQuery(page: Page, document: string, name = '<untitled>'): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate((text) => navigator.clipboard.writeText(text), document);
  await page.locator('.graphiql-query-editor .monaco-editor').click();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('ControlOrMeta+V');
  await page.locator('.graphiql-tab', { hasText: name }).waitFor();
}

/** Runs the only operation of the document. */
export const playOnly = (page: Page): Promise<void> => page.locator('button.graphiql-execute-button').click();

/** The answer, as far as it is in sight. */
export const answerOf = async (page: Page): Promise<string> =>
  (await page.locator('.result-window').last().innerText()).replaceAll(/\s+/g, ' ');
