/**
 * Makes the pictures of the pages in `docs/pictures` from the sandbox: `node scripts/pictures.ts`, after `npm run build:web`. A test says
 * when the pages have changed since.
 */
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chromium, type Page } from 'playwright-core';
import { loadConfig } from '../src/config/config.ts';
import { createGateway, createLogger } from '../src/gateway.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const FOLDER = `${ROOT}docs/pictures`;
const SIZE = { width: 1280, height: 800 };

/** A hash of the sources of the pages. */
export function hashOfPages(): string {
  const files = globSync('web/{*.html,{overview,graphiql,shared}/**/*}', { cwd: ROOT, withFileTypes: false }).sort();
  const hash = createHash('sha256');
  for (const file of files.filter((name) => /\.\w+$/.test(name))) hash.update(file).update(readFileSync(ROOT + file));
  return hash.digest('hex');
}

/** The hash when the pictures were made. */
export const readHash = () => readFileSync(`${FOLDER}/pages.sha256`, 'utf8').trim();

async function showStores(page: Page): Promise<void> {
  await page.getByText('Ceph, three copies').waitFor();
  await page.getByText('467 GiB of 500 GiB used').waitFor();
}

async function showResponse(page: Page): Promise<void> {
  await page.locator('.graphiql-query-editor .view-line').filter({ hasText: 'info' }).waitFor();
  await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
  await page.locator('.result-window').getByText('"Ceph, three copies"').waitFor();
}

const PICTURES = [
  { name: 'overview-light', path: '/', colorScheme: 'light', show: showStores },
  { name: 'overview-dark', path: '/', colorScheme: 'dark', show: showStores },
  { name: 'graphiql', path: '/graphiql', colorScheme: 'light', show: showResponse },
] as const;

async function main(): Promise<void> {
  const gateway = await createGateway(loadConfig({ PORT: '0' }), createLogger('silent'));
  const url = await gateway.app.listen({ host: '127.0.0.1', port: 0 });
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  mkdirSync(FOLDER, { recursive: true });
  for (const { name, path, colorScheme, show } of PICTURES) {
    const page = await browser.newPage({ viewport: SIZE, colorScheme });
    await page.goto(url + path);
    await show(page);
    await page.screenshot({ path: `${FOLDER}/${name}.png` });
  }
  writeFileSync(`${FOLDER}/pages.sha256`, `${hashOfPages()}\n`);
  await browser.close();
  await gateway.close();
}

if (import.meta.main) await main();
