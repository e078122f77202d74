/** deploy/kubernetes is valid by Kubernetes' schemas, and its files are consistent. */
import { readdirSync, readFileSync } from 'node:fs';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Service } from 'kubernetes-models/v1/Service';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeVariables } from '../../src/config/variables.ts';

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
  expect(container.ports).toEqual([{ name: 'http', containerPort: 4000 }]);
  expect(readYaml('service.yaml').spec.ports[0].targetPort).toBe('http');
  expect(readYaml('autoscaler.yaml').spec.scaleTargetRef.name).toBe(readYaml('deployment.yaml').metadata.name);
  expect(kustomization.images).toEqual([expect.objectContaining({ name: container.image, newTag: PACKAGE.version })]);
  expect(container.envFrom[0].configMapRef.name).toBe(kustomization.configMapGenerator[0]?.name);
  const known = new Set(describeVariables().map(({ name }) => name));
  for (const literal of kustomization.configMapGenerator[0]?.literals ?? [])
    expect(known).toContain(literal.split('=')[0]);
  const wait = Number(/SHUTDOWN_DELAY_MS=(\d+)/.exec(JSON.stringify(kustomization))?.[1]);
  expect(spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(wait + 15_000);
});
