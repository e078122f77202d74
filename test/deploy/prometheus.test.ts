/** A real Prometheus scrapes the gateway, and finds the metrics of the alerts and the dashboard. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';
import { startGateway, type TestGateway } from '../gateway.ts';
import { run, type Service, startService } from '../openstack/processes.ts';
import { realComponents } from '../real-components.ts';
import { reset, startUpstream } from '../recording-upstream.ts';

const PROMETHEUS = '/usr/bin/prometheus';
const { skip } = realComponents([PROMETHEUS, '/usr/bin/promtool'].filter((path) => !existsSync(path)));

const path = (name: string) => new URL(`../../deploy/${name}`, import.meta.url).pathname;
const RULES = path('prometheus/rules.yaml');
const DASHBOARD: { panels: { title: string; targets: { expr: string }[] }[] } = JSON.parse(
  readFileSync(path('grafana/dashboard.json'), 'utf8'),
);

describe.skipIf(skip)('Prometheus', () => {
  const folder = mkdtempSync(join(tmpdir(), 'glance-graphql-prometheus-'));
  let gateway: TestGateway;
  let prometheus: Service;
  beforeAll(async () => {
    await using upstream = await startUpstream(reset);
    gateway = await startGateway({
      GLANCE_ENDPOINTS: JSON.stringify({ one: upstream.url }),
      CACHE_TTL_STORES_MS: '60000',
    });
    // Sets every metric, including the circuit breaker's.
    for (let time = 0; time < 12; time += 1) await gateway.query('{info{stores{id}}}', { token: `token-${time}` });
    const port = await freePort();
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [RULES],
      scrape_configs: [{ job_name: 'glance-graphql', static_configs: [{ targets: [new URL(gateway.url).host] }] }],
    };
    // JSON is YAML.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    prometheus = await startService(
      [
        PROMETHEUS,
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { url: `http://127.0.0.1:${port}`, readyPath: '/-/ready', logFile: join(folder, 'output.log') },
    );
    await vi.waitFor(async () => expect(await evaluate('up{job="glance-graphql"} == 1')).toHaveLength(1), 20_000);
    await gateway.query('{info{stores{id}}}', { token: 'another' });
    // A rate needs two scrapes.
    const rate = 'rate(glance_graphql_http_requests_total[1m]) > 0';
    await vi.waitFor(async () => expect(await evaluate(rate)).not.toEqual([]), 20_000);
  }, 60_000);
  afterAll(async () => {
    await prometheus?.[Symbol.asyncDispose]();
    await gateway?.close();
    rmSync(folder, { recursive: true });
  });

  async function evaluate(query: string): Promise<unknown[]> {
    const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`);
    const body: { status: string; error?: string; data: { result: unknown[] } } = JSON.parse(await response.text());
    if (body.status !== 'success') throw new Error(body.error);
    return body.data.result;
  }

  test('accepts the alerting rules', async () => {
    const { stdout } = await run('promtool', ['check', 'rules', RULES]);
    expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
    const response = await fetch(`${prometheus.url}/api/v1/rules`);
    const { data } = JSON.parse(await response.text());
    for (const { name, health } of data.groups[0].rules) expect([name, health]).toEqual([name, 'ok']);
  });

  test('reports no lint problems of the metrics', async () => {
    writeFileSync(join(folder, 'metrics.txt'), await (await gateway.fetch('/metrics')).text());
    const { stdout } = await run('sh', ['-c', `promtool check metrics < ${folder}/metrics.txt || true`]);
    expect(stdout.split('\n').filter((line) => line.includes('glance_graphql'))).toEqual([]);
  });

  test.each(DASHBOARD.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr])))(
    'has data for the panel “%s”: %s',
    async (_title, expr = '') => {
      const query = expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '1m');
      expect(await evaluate(query)).not.toEqual([]);
    },
  );
});
