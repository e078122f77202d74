/** The same `clouds.yaml` files read by the gateway and by the real openstacksdk. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Config, loadConfig } from '../../src/config/config.ts';
import { realComponents } from '../real-components.ts';

const PYTHON = '/usr/bin/python3';

const SCRIPT = new URL('read-clouds-yaml.py', import.meta.url).pathname;
const isInstalled = spawnSync(PYTHON, ['-c', 'import openstack.config']).status === 0;
const { skip } = realComponents(isInstalled ? [] : ['python3-openstacksdk']);

const root = mkdtempSync(join(tmpdir(), 'openstacksdk-'));
afterAll(() => rmSync(root, { recursive: true }));

const CA = new URL('../fixtures/localhost.pem', import.meta.url).pathname;

const CA_TEMPLATE = CA.replace('localhost', '{region_name}');

/** A home with these files in the folder of OpenStack's clients. */
function createHome(files: Readonly<Record<string, string>>): string {
  const home = mkdtempSync(join(root, 'home-'));
  for (const [name, text] of Object.entries(files)) {
    const path = join(home, name.includes('/') ? name : `.config/openstack/${name}`);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
  }
  return home;
}

/** What the script prints. */
interface Facts {
  readonly error?: string;
  readonly authUrl: string | null;
  readonly caFile: string | null;
}

/** The facts of each environment. */
function readBySdk(environments: readonly Environment[]): readonly Facts[] {
  const { stdout, stderr } = spawnSync(PYTHON, ['-W', 'ignore', SCRIPT], {
    input: environments.map((env) => `${JSON.stringify(env)}\n`).join(''),
    encoding: 'utf8',
  });
  const lines = stdout.trim().split('\n');
  if (lines.length !== environments.length) throw new Error(stderr);
  return lines.map((line) => JSON.parse(line));
}

interface Environment extends Record<string, string> {
  HOME: string;
}

const environmentOf = (home: string): Environment => ({
  HOME: home,
  XDG_CONFIG_HOME: join(home, 'xdg-home'),
  XDG_CONFIG_DIRS: join(home, 'xdg-dirs'),
  OS_CLOUD: 'dev',
});

const withoutVersion = (url: string | null) => url?.replace(/\/+$/, '').replace(/\/v\d+(\.\d+)?$/, '') ?? null;

/** The same facts as the script prints. */
function factsOf({ cloud, defaultRegion, verify, certificates, forceIpv4 }: Config) {
  if (cloud.kind === 'sandbox') throw new Error('The cloud was not read');
  const endpoints = cloud.kind === 'endpoints' ? cloud.endpoints : cloud.overrides;
  const region = defaultRegion ?? (cloud.kind === 'endpoints' ? null : (cloud.regions?.[0] ?? null));
  return {
    authUrl: cloud.kind === 'catalog' ? cloud.authEndpoint.url : null,
    region: defaultRegion,
    regions: cloud.kind === 'catalog' && (cloud.regions?.length ?? 0) > 1 ? cloud.regions : null,
    interfaces: cloud.kind === 'catalog' ? cloud.interfaces : ['public'],
    endpoint: (endpoints.get(region ?? 'RegionOne') ?? endpoints.values().next().value)?.url ?? null,
    verify,
    hasCaFile: certificates !== null,
    forceIpv4,
  };
}

const AUTH = 'auth: {auth_url: "https://keystone.example:5000/v3", username: me, password: secret, project_name: mine}';
const dev = (lines: string) => `clouds:\n  dev:\n    ${AUTH}\n${lines.replace(/^/gm, '    ')}\n`;
const PUBLIC = `public-clouds:
  corp:
    auth: {auth_url: "https://{region_name}.corp.example:5000/v3"}
    interface: internal
    regions: [east, west]
`;

const CASES: readonly (readonly [title: string, files: Readonly<Record<string, string>>])[] = [
  ['a plain cloud', { 'clouds.yaml': dev('region_name: north') }],
  ['hyphens in keys', { 'clouds.yaml': dev('region-name: north\nimage-interface: internal') }],
  [
    'merge keys',
    { 'clouds.yaml': `base: &base {interface: admin, verify: no, region_name: n}\n${dev('<<: *base\nverify: on')}` },
  ],
  ['YAML 1.1 booleans', { 'clouds.yaml': dev('verify: off') }],
  ['text that looks like a number', { 'clouds.yaml': dev('regions: [e1, 1e3, 08, 1.5e3]') }],
  ['numbers', { 'clouds.yaml': dev('regions: [010, 1.10, 0x10, 1_000]') }],
  ['equal keys', { 'clouds.yaml': dev('interface: admin\ninterface: internal') }],
  ['endpoint_type', { 'clouds.yaml': dev('endpoint_type: internal\ninterface: admin') }],
  ['image_endpoint_type', { 'clouds.yaml': dev('image_endpoint_type: admin\ninterface: internal') }],
  ['image_interface', { 'clouds.yaml': dev('interface: admin\nimage_interface: internal') }],
  ['interfaces in a list', { 'clouds.yaml': dev('interface: [internal, public]') }],
  ['insecure beside verify', { 'clouds.yaml': dev('insecure: true\nverify: true') }],
  ['insecure as text', { 'clouds.yaml': dev('insecure: "True"') }],
  ['cacert', { 'clouds.yaml': dev(`cacert: ${CA}`) }],
  ['cacert with a template', { 'clouds.yaml': dev(`region_name: localhost\ncacert: ${CA_TEMPLATE}`) }],
  ['no regions', { 'clouds.yaml': dev('regions: []') }],
  ['regions as text', { 'clouds.yaml': dev('regions: [north, south]') }],
  ['regions beside region_name', { 'clouds.yaml': dev('region_name: south\nregions: [north, south]') }],
  ['regions in region_name', { 'clouds.yaml': dev('region_name: north,south') }],
  [
    'regions with values',
    {
      'clouds.yaml': dev('interface: admin\nregions: [{name: north, values: {interface: internal, verify: ~}}, south]'),
    },
  ],
  [
    'a URL of Keystone for each region',
    { 'clouds.yaml': dev('regions: [north]').replace('keystone.example', '{region_name}.example') },
  ],
  [
    'an endpoint of Glance',
    { 'clouds.yaml': dev('region_name: north\nimage_endpoint_override: https://{region_name}.glance.example') },
  ],
  ['an endpoint of Glance by its short name', { 'clouds.yaml': dev('image_endpoint: https://glance.example') }],
  [
    'an empty endpoint of Glance',
    { 'clouds.yaml': dev('image_endpoint_override: ""\nimage_endpoint: https://glance.example') },
  ],
  [
    'no Keystone',
    { 'clouds.yaml': 'clouds: {dev: {auth_type: none, auth: {endpoint: "http://glance.example:9292"}}}' },
  ],
  [
    'a null auth_type',
    { 'clouds.yaml': 'clouds: {dev: {auth_type: ~, endpoint: "http://glance.example:9292", region_name: a}}' },
  ],
  ['force_ipv4', { 'clouds.yaml': dev('force_ipv4: true') }],
  ['force_ipv4 of all clouds', { 'clouds.yaml': `client: {force_ipv4: true}\n${dev('')}` }],
  [
    'force_ipv4 beside prefer_ipv6 of all clouds',
    { 'clouds.yaml': `client: {prefer_ipv6: false}\n${dev('force_ipv4: false')}` },
  ],
  ['prefer_ipv6', { 'clouds.yaml': dev('prefer_ipv6: false') }],
  [
    'secure.yaml',
    {
      'clouds.yaml': dev('interface: admin\nregion_name: a'),
      'secure.yaml': 'clouds: {dev: {interface: internal, auth: {password: b}}}',
    },
  ],
  ['secure.yaml alone', { 'secure.yaml': dev('interface: admin') }],
  [
    'a profile',
    {
      'clouds.yaml': 'clouds: {dev: {profile: corp, auth: {username: me, password: secret}}}',
      'clouds-public.yaml': PUBLIC,
    },
  ],
  [
    'a profile by its old key',
    {
      'clouds.yaml': 'clouds: {dev: {cloud: corp, region_name: west, auth: {username: me, password: secret}}}',
      'clouds-public.yaml': PUBLIC,
    },
  ],
  [
    'a profile that the cloud overrides',
    { 'clouds.yaml': dev('profile: corp\ninterface: admin\nregions: [south]'), 'clouds-public.yaml': PUBLIC },
  ],
  ['the working directory', { 'clouds.yaml': dev('region_name: home'), './clouds.yaml': dev('region_name: here') }],
  [
    'XDG_CONFIG_HOME before the home',
    { 'clouds.yaml': dev('region_name: home'), 'xdg-home/openstack/clouds.yaml': dev('region_name: xdg') },
  ],
  [
    'the home beside XDG_CONFIG_HOME',
    {
      'clouds.yaml': dev('region_name: home'),
      'xdg-home/openstack/secure.yaml': 'clouds: {dev: {interface: admin}}',
    },
  ],
  ['XDG_CONFIG_DIRS', { 'xdg-dirs/openstack/clouds.yml': dev('region_name: shared') }],
  [
    'JSON',
    {
      'clouds.json': JSON.stringify({ clouds: { dev: { auth: { auth_url: 'https://a.example', username: 'me' } } } }),
    },
  ],
];

describe.skipIf(skip)('is read as openstacksdk does', () => {
  const environments = CASES.map(([, files]) => environmentOf(createHome(files)));
  let facts: readonly Facts[] = [];
  beforeAll(() => {
    facts = readBySdk(environments);
  });

  test.each(CASES.map(([title], index) => [title, index] as const))('%s', (_title, index) => {
    const env = environments[index];
    const read = facts[index];
    if (env === undefined || read === undefined) throw new Error('The cloud was not read');
    const { caFile, authUrl, ...others } = read;
    const before = process.cwd();
    process.chdir(env.HOME);
    const config = loadConfig(env);
    process.chdir(before);
    expect(factsOf(config)).toEqual({ ...others, authUrl: withoutVersion(authUrl), hasCaFile: caFile !== null });
  });
});
