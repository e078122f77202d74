/** The alerts of deploy/prometheus: each is described in docs/operations.md, and promtool evaluates those with a region. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { run } from '../openstack/processes.ts';
import { realComponents } from '../real-components.ts';

const { skip } = realComponents(['/usr/bin/promtool'].filter((path) => !existsSync(path)));
const path = (name: string) => new URL(`../../${name}`, import.meta.url).pathname;
const read = (name: string) => readFileSync(path(name), 'utf8');
const RULES = path('deploy/prometheus/rules.yaml');
const { groups }: { groups: { rules: { alert: string }[] }[] } = parse(readFileSync(RULES, 'utf8'));
const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));

test.each(alerts)('docs/operations.md describes the alert %s', (alert) => {
  expect(read('docs/operations.md')).toContain(`\`${alert}\``);
});

/** Keystone has no region. */
const CALLS = [
  ['Glance', { service: 'image', region: 'RegionOne', call: 'stores' }, ', RegionOne', ' in RegionOne'],
  ['Keystone', { service: 'identity', call: 'authTokens' }, '', ''],
] as const;

describe.skipIf(skip)('for a call to', () => {
  const folder = mkdtempSync(join(tmpdir(), 'glance-graphql-alerts-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const seriesOf = (metric: string, labels: Readonly<Record<string, string>>) =>
    `${metric}{${Object.entries({ region: '', ...labels })
      .map(([name, value]) => `${name}="${value}"`)
      .join(',')}}`;

  /** @param series a value for every 15 seconds, in promtool's notation */
  async function expectAlerts(
    series: Readonly<Record<string, string>>,
    alertname: string,
    at: Readonly<Record<string, readonly object[]>>,
  ): Promise<void> {
    const file = join(folder, 'tests.yml');
    const ruleTest = {
      interval: '15s',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      alert_rule_test: Object.entries(at).map(([eval_time, exp_alerts]) => ({ eval_time, alertname, exp_alerts })),
    };
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ rule_files: [RULES], evaluation_interval: '15s', tests: [ruleTest] }));
    await run('promtool', ['test', 'rules', file]);
  }

  test.each(CALLS)('%s, an alert fires while probes do not close the circuit', async (_title, labels, region) => {
    const { service, call } = labels;
    const circuit = seriesOf('glance_graphql_circuit_breaker_state', labels);
    const alert = {
      exp_labels: { severity: 'critical', ...labels },
      exp_annotations: { summary: `The circuit breaker of ${call} (${service} service${region}) is open or half-open` },
    };
    // Each probe sets 0.5 until it fails.
    const values = `0 ${'1 0.5 '.repeat(10)}0`;
    await expectAlerts({ [circuit]: values }, 'GlanceGraphqlCircuitOpen', { '2m': [], '3m': [alert], '6m': [] });
  });

  test.each(CALLS)('%s, an alert fires when requests fail', async (_title, labels, _region, inRegion) => {
    const requests = (result: string) =>
      seriesOf('glance_graphql_upstream_request_duration_seconds_count', { ...labels, result });
    const alert = {
      exp_labels: { severity: 'warning', ...labels },
      exp_annotations: { summary: `10% of ${labels.call} requests${inRegion} fail` },
    };
    const counts = { [requests('200')]: '0+90x80', [requests('timeout')]: '0+10x80' };
    await expectAlerts(counts, 'GlanceGraphqlUpstreamErrors', { '5m': [], '18m': [alert] });
  });
});
