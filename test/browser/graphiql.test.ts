/** GraphiQL in a real browser. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { realComponents } from '../real-components.ts';
import { replay } from '../recorded.ts';
import { startUpstream } from '../recording-upstream.ts';
import { violationsOf } from './accessibility.ts';
import { launchBrowser, missingBrowser, openPage, transferredBytes } from './browser.ts';
import { layoutFaults, resize, size } from './layout.ts';

const { skip } = realComponents(missingBrowser);

describe.skipIf(skip)('GraphiQL', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  async function open(
    gateway: TestGateway,
    path: string,
  ): Promise<{ page: Page; requested: string[]; consoleErrors: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const requested: string[] = [];
    const consoleErrors: string[] = [];
    page.on('request', (request) => requested.push(request.url()));
    page.on('console', (message) => message.type() === 'error' && consoleErrors.push(message.text()));
    page.on('pageerror', (error) => consoleErrors.push(error.message));
    await openPage(page, gateway.url + path);
    // The execute button does nothing until the editors are loaded.
    await page.locator('.graphiql-query-editor .view-line').filter({ hasText: 'info' }).waitFor();
    return { page, requested, consoleErrors };
  }

  const screenshot = async (page: Page, name: string) => {
    const folder = process.env.SCREENSHOTS;
    if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` });
  };

  test('of the sandbox runs its first example with a prefilled token, and makes no request to other hosts', async () => {
    await using gateway = await startGateway();
    const { page, requested, consoleErrors } = await open(gateway, '/graphql');
    expect(new URL(page.url()).pathname).toBe('/graphiql');
    await page.getByText('an embedded Glance with example data').waitFor();

    await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
    const response = page.locator('.result-window');
    await response.getByText('"Ceph, three copies"').waitFor();
    await screenshot(page, 'graphiql');

    // The documentation comes from /schema.graphql.
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    const documentation = page.locator('.graphiql-doc-explorer');
    await documentation.getByText('Info', { exact: true }).waitFor();
    expect(await documentation.innerText()).not.toMatch(/_Any|_Entity|_Service|link__|federation__/);
    await documentation.getByText('Query', { exact: true }).click();
    await page.getByText('The regions that have an Image service').first().waitFor();
    expect(await documentation.innerText()).not.toMatch(/_entities|_service/);
    await screenshot(page, 'graphiql-docs');

    expect(consoleErrors).toEqual([]);
    expect(requested.length).toBeGreaterThan(5);
    const foreign = requested.filter(
      (url) =>
        !url.startsWith(`${gateway.url}/`) && !url.startsWith('data:') && !url.startsWith(`blob:${gateway.url}/`),
    );
    expect(foreign).toEqual([]);
    await page.close();
  });

  test('of a real cloud has no prefilled token, and shows the error of a missing one', async () => {
    await using upstream = await startUpstream(replay('api-2.16-multistore-notoken.import.accept-json'));
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    const { page, consoleErrors } = await open(gateway, '/graphiql');
    expect(await page.content()).not.toContain('sandbox-admin');
    await page.getByLabel('Keystone token').waitFor();
    await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
    await page.locator('.result-window').getByText('"UNAUTHENTICATED"').first().waitFor();
    expect(consoleErrors).toEqual([]);
    await page.close();
  });

  test('opens with the query of its URL', async () => {
    await using gateway = await startGateway();
    const { page, consoleErrors } = await open(
      gateway,
      `/graphql?query=${encodeURIComponent('{ info { region { id } } }')}`,
    );
    await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
    await page.locator('.result-window').getByText('"RegionOne"').waitFor();
    // The linked query has a tab of its own.
    await expect.poll(() => page.getByRole('tab').count()).toBe(2);
    expect(consoleErrors).toEqual([]);
    await page.close();
  });

  test('keeps the query in its address, which a reload opens', async () => {
    await using gateway = await startGateway();
    const { page } = await open(gateway, '/graphiql');
    await page.locator('.graphiql-query-editor .view-lines').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText('{ imageRegions { id } }');
    // The editor has closed the bracket itself.
    await page.keyboard.press('Delete');
    await expect.poll(() => page.url(), { timeout: 10_000 }).toContain('imageRegions');
    await page.reload();
    await page.locator('.graphiql-query-editor .view-line').filter({ hasText: 'imageRegions' }).waitFor();
    await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
    await page.locator('.result-window').getByText('"RegionTwo"').waitFor();
    await page.close();
  });

  test('keeps the token in the session storage of its tab and nowhere else, after every feature was used', async () => {
    await using gateway = await startGateway();
    const canary = 'canary-token-8d1f4c2b7a';
    const { page, requested } = await open(gateway, '/graphiql');
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
    const read = async (script: string) => JSON.stringify(await page.evaluate(script));
    const titles = new Set<string>();
    const copied: string[] = [];
    const observe = async () => {
      titles.add(await page.title());
      titles.add(page.url());
      copied.push(String(await page.evaluate('navigator.clipboard.readText()')));
    };

    await press('Change token');
    await page.getByLabel('Keystone token').fill(canary);
    await press('Sign in');
    await press('Execute query (Ctrl-Enter)');
    await page.locator('.result-window').getByText('"UNAUTHENTICATED"').first().waitFor();
    await page.getByRole('tab', { name: 'ImageOptions' }).waitFor();
    for (const tool of ['Prettify query', 'Merge fragments', 'Copy query']) await press(new RegExp(tool));
    await observe();
    await press('Copy a link to this operation');
    await observe();
    await page.locator('.graphiql-tab-add').click();
    await press('Examples');
    await page.getByRole('menuitem', { name: 'One region, by variable' }).click();
    await page.locator('.graphiql-editor-tool').getByText('RegionOne').first().waitFor();
    await press('Execute query (Ctrl-Enter)');
    await page.locator('.result-window').getByText('"UNAUTHENTICATED"').first().waitFor();
    await press('Show Documentation Explorer');
    await press('Re-fetch GraphQL schema');
    await press('Show History');
    await page.locator('.graphiql-history-item').first().waitFor();
    await press('Add favorite');
    await press('Edit label');
    await page.getByPlaceholder('Type a label').fill('mine');
    await page.keyboard.press('Enter');
    await press(/Open short keys dialog/);
    await page.keyboard.press('Escape');
    await press(/Open settings dialog/);
    await page.keyboard.press('Escape');
    await press('Dark theme');
    await observe();

    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByText('The token is not accepted').waitFor();
    await page.getByText('Technical details').click();
    await press('Copy details');
    await observe();
    // The panels have features of their own, which a token that works shows.
    await press('sandbox-admin');
    await page.getByText('Ceph, three copies').waitFor();
    await press('Copy Stores as curl');
    await observe();
    expect(copied.at(-1)).toContain('X-Auth-Token: $OS_TOKEN');
    expect(copied.at(-1)).not.toContain('sandbox-admin');
    await page.getByLabel('Image size').fill('4.2 GB');
    await page.getByLabel('Compare with another region').selectOption('RegionTwo');
    await press('Refresh RegionOne');
    await page.getByRole('link', { name: 'Open Stores in GraphiQL' }).first().click();
    await page.locator('.graphiql-query-editor .view-line').filter({ hasText: 'stores' }).first().waitFor();
    await press('Change token');
    await page.getByLabel('Keystone token').fill(canary);
    await press('Sign in');
    await press('Execute query (Ctrl-Enter)');
    await page.locator('.result-window').getByText('"UNAUTHENTICATED"').first().waitFor();

    expect(await read('({ ...sessionStorage })')).toContain(canary);
    const elsewhere = await read('[{ ...localStorage }, document.cookie, history.state, window.name]');
    // The history plugin keeps what was executed.
    expect(elsewhere).toContain('ImageOptions');
    const inFiles = await read(
      'Promise.all([indexedDB.databases(), caches.keys(), navigator.serviceWorker.getRegistrations()])',
    );
    expect(inFiles).toBe('[[],[],[]]');
    expect(await page.context().cookies()).toEqual([]);
    const visited = [];
    for (let steps = Number(await page.evaluate('history.length')); steps > 1; steps -= 1) {
      visited.push(page.url(), await page.title(), await read('history.state'));
      await page.goBack();
    }
    expect(visited.length).toBeGreaterThan(6);
    for (const token of [canary, 'sandbox-admin']) {
      const texts = [...visited, ...requested, ...titles, ...copied, elsewhere];
      expect(texts.filter((text) => text.includes(token))).toEqual([]);
    }
    await page.close();
  });

  test('a linked operation has a tab of its own, which is there after switching, and after a reload', async () => {
    await using gateway = await startGateway();
    const link = (name: string) => `/graphiql?query=${encodeURIComponent(`query ${name} { info { region { id } } }`)}`;
    const { page } = await open(gateway, link('First'));
    const queryShown = (text: string) =>
      page.locator('.graphiql-query-editor .view-line').filter({ hasText: text }).first().waitFor();
    await queryShown('First');
    await page.getByRole('tab', { name: 'ImageOptions' }).click();
    await queryShown('ImageOptions');
    await page.getByRole('tab', { name: 'First' }).click();
    await queryShown('First');
    // The browser has stored tabs now.
    await page.goto(gateway.url + link('Second'));
    await queryShown('Second');
    await expect
      .poll(() => page.getByRole('tab').allInnerTexts())
      .toEqual(expect.arrayContaining(['ImageOptions', 'First', 'Second']));
    await page.getByRole('tab', { name: 'First' }).click();
    await queryShown('First');
    await expect.poll(() => page.url()).toContain('First');
    await page.reload();
    await queryShown('First');
    await expect.poll(() => page.getByRole('tab').count()).toBe(3);
    await page.close();
  });

  test('each example opens in a tab of its own, on the pane that it needs, and runs', async () => {
    await using gateway = await startGateway();
    const { page } = await open(gateway, '/graphiql');
    await page.getByRole('button', { name: 'Examples' }).click();
    const titles = await page.getByRole('menuitem').allInnerTexts();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('menuitem').count()).toBe(0);
    expect(titles.length).toBeGreaterThan(3);
    for (const [index, title] of titles.entries()) {
      await page.getByRole('button', { name: 'Examples' }).click();
      await page.getByRole('menuitem', { name: title }).click();
      await expect.poll(() => page.getByRole('tab').count()).toBe(index + 2);
      const variables = page.locator('.graphiql-editor-tool').getByText('"RegionOne"');
      if (title.includes('variable')) await variables.waitFor();
      await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
      await page.locator('.result-window').getByText('"data"').waitFor();
      expect(await page.locator('.result-window').innerText()).not.toContain('"errors"');
    }
    await page.close();
  });

  /** Faults of GraphiQL and of Monaco, by rule: the elements that have them. */
  const FAULTS_OF_GRAPHIQL: Readonly<Record<string, RegExp>> = {
    // A tab holds the button that closes it.
    'nested-interactive': /^<li[^>]* class="graphiql-tab /,
    // Monaco's comments in the dark theme, and the number of the line after the last.
    'color-contrast': /^<(span class="mtk\d+"|div class="line-numbers )/,
  };

  test.each(['light', 'dark'] as const)(
    'has no accessibility faults except those of GraphiQL and Monaco, in the %s theme',
    async (colorScheme) => {
      await using gateway = await startGateway();
      const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, colorScheme });
      const page = await context.newPage();
      await openPage(page, `${gateway.url}/graphiql`);
      await page.locator('.graphiql-query-editor .view-line').filter({ hasText: 'info' }).waitFor();
      await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
      await page.locator('.result-window').getByText('"Ceph, three copies"').waitFor();
      const violations = await violationsOf(page);
      const others = violations.flatMap(({ id, nodes }) =>
        nodes
          .filter(({ html }) => !FAULTS_OF_GRAPHIQL[id]?.test(html))
          .map(({ html, target }) => [id, target.join(' '), html]),
      );
      expect(others).toEqual([]);
      await context.close();
    },
  );

  test('weighs less than 1.5 MB on the wire, and loads its editor after the bar', async () => {
    await using gateway = await startGateway();
    const context = await browser.newContext();
    const page = await context.newPage();
    await openPage(page, `${gateway.url}/healthz`);
    const bytes = await transferredBytes(page, async () => {
      await page.route('**/assets/monaco*.js', async (route) => {
        // The bar is there before the editor.
        await page.getByRole('navigation', { name: 'Pages' }).waitFor();
        await route.continue();
      });
      await page.goto(`${gateway.url}/graphiql`);
      await page.locator('.graphiql-query-editor .view-line').filter({ hasText: 'info' }).waitFor();
      await page.waitForLoadState('networkidle');
    });
    expect(bytes).toBeGreaterThan(300_000);
    expect(bytes).toBeLessThan(1_500_000);
    await context.close();
  });

  test('follows the theme of the bar, at once', async () => {
    await using gateway = await startGateway();
    const { page } = await open(gateway, '/graphiql');
    const colors = () =>
      page.evaluate(
        "['.bar', '.graphiql-container'].map((one) => getComputedStyle(document.querySelector(one)).backgroundColor).join()",
      );
    expect(await colors()).toBe('rgb(255, 255, 255),rgb(255, 255, 255)');
    await page.getByRole('button', { name: 'Dark theme' }).click();
    await expect.poll(colors).toMatch(/^rgb\(22, 29, 37\),rgb\(2\d, 3\d, 3\d\)$/);
    await page.close();
  });

  /** There is nothing beneath the panes, and nothing to scroll to the side. */
  const expectNothingBeyond = async (page: Page) => {
    const excess = `const main = document.querySelector('main').getBoundingClientRect();
      [document.documentElement.scrollHeight - (main.bottom + scrollY), document.documentElement.scrollWidth - innerWidth]`;
    expect(String(await page.evaluate(excess))).toMatch(/^-?[01](\.\d+)?,0$/);
  };

  test.each([
    ['zoomed to 200 %', size(640, '100%', 400)],
    ['zoomed to 400 %', size(320, '100%', 256)],
    ['with text of twice the size', size(1280, '200%')],
  ])('fits a window of 1280 px, %s', async (_title, one) => {
    await using gateway = await startGateway();
    const { page } = await open(gateway, '/graphiql');
    await resize(page, one);
    await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
    await page.locator('.result-window').getByText('"data"').first().waitFor();
    await screenshot(page, `graphiql-${one.width}-${one.text.slice(0, -1)}`);
    // Monaco scrolls its lines itself.
    const faults = (await layoutFaults(page)).filter((fault) =>
      /the page|Overview|GraphiQL|Schema|token|Sign out|expires/.test(fault),
    );
    expect(faults).toEqual([]);
    await expectNothingBeyond(page);
    for (const pane of ['.graphiql-query-editor', '.result-window']) {
      const box = await page.locator(pane).boundingBox();
      expect([pane, (box?.width ?? 0) > 150, (box?.height ?? 0) > 150]).toEqual([pane, true, true]);
    }
    await page.close();
  });

  test('the focus goes to the content after signing in, and by the link that skips the bar', async () => {
    await using gateway = await startGateway();
    const { page } = await open(gateway, '/graphiql');
    const focused = () => page.evaluate('document.activeElement.id');
    await page.getByRole('button', { name: 'Change token' }).click();
    await page.getByLabel('Keystone token').fill('sandbox-member');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Change token' }).waitFor();
    await expect.poll(focused).toBe('result');
    await page.getByRole('button', { name: 'Change token' }).focus();
    await page.getByRole('link', { name: 'Skip to the content' }).press('Enter');
    await expect.poll(focused).toBe('result');
    expect(page.url()).not.toContain('#');
    await page.close();
  });

  test('stacks its panes on a narrow screen', async () => {
    await using gateway = await startGateway();
    const { page } = await open(gateway, '/graphiql');
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
    await page.locator('.result-window').getByText('"glance-direct"').first().waitFor();
    const editor = await page.locator('.graphiql-query-editor').boundingBox();
    const response = await page.locator('.result-window').boundingBox();
    await screenshot(page, 'graphiql-360');
    expect(response?.y).toBeGreaterThanOrEqual((editor?.y ?? 0) + (editor?.height ?? 0) - 1);
    expect(response?.width).toBeGreaterThan(250);
    await expectNothingBeyond(page);
    await page.close();
  });
});
