/** Every state of the overview page: the cloud that leads to it, and what the page shows then. */
import type { Page } from 'playwright-core';
import { replay } from '../recorded.ts';
import { hang, reply, reset } from '../recording-upstream.ts';
import {
  all,
  cloud,
  DETAIL,
  EMPTY,
  glanceAlone,
  IMPORT,
  keystone,
  LONG,
  LONG_NAMES,
  OF_ADMIN,
  onceOnly,
  PROJECT,
  ROLES,
  RULES,
  SINGLE_STORE,
  type Stage,
  sandbox,
  USAGE,
} from './overview-clouds.ts';

export interface State {
  readonly name: string;
  readonly start: () => Promise<Stage>;
  /** As stored in the tab; undefined where the visitor has none. */
  readonly token?: string;
  /** The page's address within the gateway; by default `/`. */
  readonly path?: string;
  /** Brings the page into the state and waits for it. */
  readonly show: (page: Page, stage: Stage) => Promise<unknown>;
}

/** A panel is named after its title and its region. */
export const panel = (page: Page, title: string, region = 'Region') =>
  page.getByRole('region', { name: `${title} ${region}` });

const shows = (text: string) => (page: Page) => page.getByText(text).first().waitFor();
export const loaded = async (page: Page) => {
  await page.locator('.stores-panel[aria-busy=false]').first().waitFor();
  while ((await page.locator('[aria-busy=true]').count()) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
};
const press = (name: string) => async (page: Page) => {
  await loaded(page);
  await page.getByRole('button', { name }).first().click();
};
const open = (summary: string) => async (page: Page) => {
  await loaded(page);
  await page.getByText(summary).first().click();
};
const enterSize = (size: string, result: string) => async (page: Page) => {
  await loaded(page);
  await page.getByLabel('Image size').first().fill(size);
  await page.getByText(result).first().waitFor();
};

export const STATES: readonly State[] = [
  { name: 'no-token', start: cloud({ RegionOne: OF_ADMIN }), show: shows('Sign in with a Keystone token') },
  { name: 'checking-token', start: keystone(hang), token: 'token-of-mine', show: shows('Loading …') },
  {
    name: 'skeletons',
    start: cloud({ RegionOne: all(hang) }),
    token: 'token-of-mine',
    show: (page) => page.locator('[aria-busy=true]').first().waitFor(),
  },
  {
    name: 'slow-part',
    start: cloud({ RegionOne: { ...OF_ADMIN, [USAGE]: hang } }),
    token: 'token-of-mine',
    show: (page) => page.locator('.stores-panel[aria-busy=false]').waitFor(),
  },
  { name: 'admin', start: sandbox, show: loaded },
  { name: 'member', start: sandbox, token: 'sandbox-member', show: loaded },
  { name: 'change-token', start: sandbox, show: press('Change token') },
  {
    name: 'invalid-token',
    start: sandbox,
    token: '',
    show: async (page) => {
      await page.getByLabel('Keystone token').fill('two words');
      await page.getByText('A token consists of').waitFor();
    },
  },
  {
    name: 'bad-token',
    start: keystone(replay('keystone-30-badtoken.auth-tokens')),
    token: 'token-of-mine',
    show: shows('The token is not accepted'),
  },
  { name: 'unscoped', start: cloud({}, {}), token: 'token-of-mine', show: shows('not scoped to a project') },
  { name: 'no-region', start: cloud({}), token: 'token-of-mine', show: shows('No region has an Image service') },
  {
    name: 'domain-token',
    start: cloud({ RegionOne: OF_ADMIN }, { domain: { id: 'd1', name: 'Default' }, roles: ROLES }),
    token: 'token-of-mine',
    show: loaded,
  },
  {
    name: 'system-token',
    start: cloud({ RegionOne: OF_ADMIN }, { system: { all: true }, roles: ROLES }),
    token: 'token-of-mine',
    show: loaded,
  },
  {
    name: 'expires-soon',
    start: cloud({ RegionOne: OF_ADMIN }, PROJECT, 200),
    token: 'token-of-mine',
    show: loaded,
  },
  {
    name: 'region-down',
    start: cloud({ RegionOne: all(reset) }),
    token: 'token-of-mine',
    show: shows('Nothing is known about RegionOne'),
  },
  { name: 'keystone-down', start: keystone(reset), token: 'token-of-mine', show: shows('Nothing can be shown') },
  {
    name: 'gateway-down',
    start: sandbox,
    show: async (page) => {
      await page.route('**/graphql', (route) => route.abort());
      await page.reload();
      await page.getByText('Nothing can be shown').waitFor();
    },
  },
  {
    name: 'unknown-region',
    start: sandbox,
    path: '/?region=Atlantis',
    show: shows('Nothing is known about Atlantis'),
  },
  {
    name: 'part-refused',
    start: cloud({ RegionOne: { ...OF_ADMIN, [IMPORT]: reply(403, {}), [DETAIL]: reply(403, {}) } }),
    token: 'token-of-mine',
    show: loaded,
  },
  {
    name: 'part-failed',
    start: cloud({ RegionOne: { ...OF_ADMIN, [USAGE]: reply(500, ''), [DETAIL]: reply(500, '') } }),
    token: 'token-of-mine',
    show: loaded,
  },
  {
    name: 'details-open',
    start: cloud({ RegionOne: { ...OF_ADMIN, [USAGE]: reply(500, '') } }),
    token: 'token-of-mine',
    show: open('Technical details'),
  },
  {
    name: 'stale',
    // Anew for each stage.
    start: () => cloud({ RegionOne: onceOnly(OF_ADMIN) })(),
    token: 'token-of-mine',
    show: async (page) => {
      await press('Refresh')(page);
      await page.getByText('Last results: ').first().waitFor();
    },
  },
  { name: 'single-store', start: cloud({ RegionOne: SINGLE_STORE }), token: 'token-of-mine', show: loaded },
  { name: 'empty', start: cloud({ RegionOne: EMPTY }), token: 'token-of-mine', show: loaded },
  {
    name: 'access-rules',
    start: cloud({ RegionOne: OF_ADMIN }, RULES),
    token: 'token-of-mine',
    show: open('access rules'),
  },
  {
    name: 'long-names',
    start: cloud(
      { 'region-with-a-rather-long-name-in-the-north': LONG_NAMES },
      { project: { id: 'p', name: `project-of-${LONG}` }, roles: [...ROLES, { id: 'x', name: LONG }] },
      90_000,
    ),
    token: 'token-of-mine',
    show: press(LONG),
  },
  { name: 'two-regions', start: sandbox, path: '/?region=RegionOne&region=RegionTwo', show: loaded },
  {
    name: 'three-regions',
    start: cloud({ North: OF_ADMIN, South: SINGLE_STORE, West: all(reset) }),
    token: 'token-of-mine',
    path: '/?region=North&region=South&region=West',
    show: shows('Nothing is known about West'),
  },
  { name: 'without-keystone', start: glanceAlone(OF_ADMIN), token: 'token-of-mine', show: loaded },
  { name: 'without-authentication', start: glanceAlone(OF_ADMIN), show: loaded },
  { name: 'upload-fits', start: sandbox, show: enterSize('4.2 GB', 'fits.') },
  { name: 'upload-too-large', start: sandbox, show: enterSize('40 GiB', 'does not fit.') },
  { name: 'upload-invalid', start: sandbox, show: enterSize('much', 'Enter a size such as') },
  { name: 'versions-open', start: sandbox, show: open('Image API') },
  { name: 'store-open', start: sandbox, show: press('ceph') },
];

export const stateNamed = (name: string): State => {
  const state = STATES.find((one) => one.name === name);
  if (state === undefined) throw new Error(`There is no state "${name}"`);
  return state;
};

/** Stores the token in the tab, opens the page and brings it into the state. */
export async function showState(page: Page, state: State, stage: Stage): Promise<void> {
  const { token, path = '/', show } = state;
  const url = stage.gateway.url + path;
  // A browser that starts keeps the machine busy, for which the gateway sheds load at first.
  while ((await fetch(url)).status === 503) await new Promise((resolve) => setTimeout(resolve, 100));
  if (token !== undefined) {
    await page.addInitScript(`sessionStorage.setItem('glance-graphql token of /', ${JSON.stringify(token)})`);
  }
  await page.goto(url);
  await show(page, stage);
}
