/** A real Prometheus scrapes the gateway, and what alerts and dashboard ask for is there. */
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
    // All that is counted, the breaker too.
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
    await vi.waitFor(async () => expect(await ask('up{job="glance-graphql"} == 1')).toHaveLength(1), 20_000);
    // A rate needs two scrapes.
    await gateway.query('{info{stores{id}}}', { token: 'another' });
    await new Promise((resolve) => setTimeout(resolve, 3000));
  }, 60_000);
  afterAll(async () => {
    await prometheus?.[Symbol.asyncDispose]();
    await gateway?.close();
    rmSync(folder, { recursive: true });
  });

  async function ask(query: string): Promise<unknown[]> {
    const response = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`);
    const answer: { status: string; error?: string; data: { result: unknown[] } } = JSON.parse(await response.text());
    if (answer.status !== 'success') throw new Error(answer.error);
    return answer.data.result;
  }

  test('has the rules checked, and takes them', async () => {
    const { stdout } = await run('promtool', ['check', 'rules', RULES]);
    expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
    const response = await fetch(`${prometheus.url}/api/v1/rules`);
    const { data } = JSON.parse(await response.text());
    for (const { name, health } of data.groups[0].rules) expect([name, health]).toEqual([name, 'ok']);
  });

  test('finds the metrics linted', async () => {
    writeFileSync(join(folder, 'metrics.txt'), await (await gateway.fetch('/metrics')).text());
    const { stdout } = await run('sh', ['-c', `promtool check metrics < ${folder}/metrics.txt || true`]);
    expect(stdout.split('\n').filter((line) => line.includes('glance_graphql'))).toEqual([]);
  });

  test.each(DASHBOARD.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr])))(
    'has what the panel “%s” asks for: %s',
    async (_title, expr = '') => {
      const query = expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '1m');
      expect(await ask(query)).not.toEqual([]);
    },
  );
});
