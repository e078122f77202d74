/** deploy/kubernetes is valid by Kubernetes' schemas, and its files are consistent. */
import { readdirSync, readFileSync } from 'node:fs';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Service } from 'kubernetes-models/v1/Service';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/config.ts';

const FOLDER = new URL('../../deploy/kubernetes/', import.meta.url);
const readYaml = (name: string) => parse(readFileSync(new URL(name, FOLDER), 'utf8'));
const kustomization: {
  resources: string[];
  labels: { pairs: Record<string, string>; includeSelectors: boolean }[];
  configMapGenerator: { name: string; literals: string[] }[];
  images: { name: string; newTag: string }[];
} = readYaml('kustomization.yaml');
const PACKAGE: { version: string } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const MODELS = {
  'namespace.yaml': Namespace,
  'deployment.yaml': Deployment,
  'service.yaml': Service,
  'autoscaler.yaml': HorizontalPodAutoscaler,
  'disruption-budget.yaml': PodDisruptionBudget,
  'network-policy.yaml': NetworkPolicy,
};

/** Adds what kustomize adds to a Deployment: labels and the required selector. */
function withLabels(name: string) {
  const resource = readYaml(name);
  const [labels] = kustomization.labels;
  if (name !== 'deployment.yaml') return resource;
  const { spec } = resource;
  const metadata = { ...spec.template.metadata, labels: labels?.pairs };
  return {
    ...resource,
    spec: { ...spec, selector: { matchLabels: labels?.pairs }, template: { ...spec.template, metadata } },
  };
}

test('the kustomization lists every file', () => {
  const files = readdirSync(FOLDER).filter((name) => name !== 'kustomization.yaml');
  expect([...kustomization.resources].sort()).toEqual(files.sort());
  expect(Object.keys(MODELS).sort()).toEqual(files.sort());
});

test.each(Object.entries(MODELS))('%s is valid', (name, Model) => {
  expect(() => new Model(withLabels(name)).validate()).not.toThrow();
});

test('the validator rejects an invalid Deployment', () => {
  const deployment = withLabels('deployment.yaml');
  expect(() => new Deployment({ ...deployment, spec: { ...deployment.spec, replicas: 'three' } }).validate()).toThrow();
});

test('names, ports and versions agree', () => {
  const { spec } = readYaml('deployment.yaml').spec.template;
  const [container] = spec.containers;
  expect(container.ports).toEqual([
    { name: 'http', containerPort: 4000 },
    { name: 'metrics', containerPort: 9464 },
  ]);
  expect(readYaml('service.yaml').spec.ports).toEqual([expect.objectContaining({ targetPort: 'http' })]);
  expect(readYaml('autoscaler.yaml').spec.scaleTargetRef.name).toBe(readYaml('deployment.yaml').metadata.name);
  expect(kustomization.images).toEqual([expect.objectContaining({ name: container.image, newTag: PACKAGE.version })]);
  expect(container.envFrom[0].configMapRef.name).toBe(kustomization.configMapGenerator[0]?.name);
  const wait = Number(/SHUTDOWN_DELAY_MS=(\d+)/.exec(JSON.stringify(kustomization))?.[1]);
  expect(spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(wait + 15_000);
});

describe('the settings', () => {
  const { literals } = kustomization.configMapGenerator[0] ?? { literals: [] };
  // Those in comments are for readers to turn on.
  const optional = Array.from(
    readFileSync(new URL('kustomization.yaml', FOLDER), 'utf8').matchAll(/# - (\w+=.*)/g),
    ([, literal = '']) => literal,
  );
  const environmentOf = (entries: readonly string[]) =>
    Object.fromEntries(entries.map((entry) => entry.split(/=(.*)/s) as [string, string]));
  /** What the Dockerfile sets. */
  const image = { NODE_ENV: 'production', HOST: '0.0.0.0', PORT: '4000' };

  test('start the gateway', () => {
    const config = loadConfig({ ...image, ...environmentOf(literals) });
    expect(config).toMatchObject({ port: 4000, metricsPort: 9464, shutdownDelayMs: 5000, cloud: { kind: 'catalog' } });
  });

  test('in comments exist, and read the secret that is mounted', () => {
    expect(optional).toEqual(['CACHE_URL_FILE=/etc/glance-graphql/cache-url']);
    const { volumes, containers } = readYaml('deployment.yaml').spec.template.spec;
    const [mount] = containers[0].volumeMounts;
    expect(environmentOf(optional).CACHE_URL_FILE).toBe(`${mount.mountPath}/cache-url`);
    expect(volumes).toEqual([{ name: mount.name, secret: { secretName: 'glance-graphql', optional: true } }]);
    expect(() => loadConfig({ ...image, ...environmentOf([...literals, ...optional]) })).toThrow('CACHE_URL_FILE');
  });

  test('of the metrics agree in all files', () => {
    const { template } = readYaml('deployment.yaml').spec;
    const port = Number(environmentOf(literals).METRICS_PORT);
    expect(template.metadata.annotations['prometheus.io/port']).toBe(String(port));
    const { ingress } = readYaml('network-policy.yaml').spec;
    const rules: { from?: unknown; ports: { port: number }[] }[] = ingress;
    expect(rules.map(({ from, ports }) => [from !== undefined, ports[0]?.port])).toEqual([
      [false, 4000],
      [true, port],
    ]);
  });
});
