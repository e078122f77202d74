/** deploy/kubernetes, by Kubernetes' own schemas, and what the files say of each other. */
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
const read = (name: string) => parse(readFileSync(new URL(name, FOLDER), 'utf8'));
const kustomization: {
  resources: string[];
  labels: { pairs: Record<string, string>; includeSelectors: boolean }[];
  configMapGenerator: { name: string; literals: string[] }[];
  images: { name: string; newTag: string }[];
} = read('kustomization.yaml');
const PACKAGE: { version: string } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const MODELS = {
  'namespace.yaml': Namespace,
  'deployment.yaml': Deployment,
  'service.yaml': Service,
  'autoscaler.yaml': HorizontalPodAutoscaler,
  'disruption-budget.yaml': PodDisruptionBudget,
  'network-policy.yaml': NetworkPolicy,
};

/** What kustomize adds to a Deployment, which needs a selector. */
function withLabels(name: string) {
  const resource = read(name);
  const [labels] = kustomization.labels;
  if (name !== 'deployment.yaml') return resource;
  const { spec } = resource;
  const metadata = { ...spec.template.metadata, labels: labels?.pairs };
  return {
    ...resource,
    spec: { ...spec, selector: { matchLabels: labels?.pairs }, template: { ...spec.template, metadata } },
  };
}

test('every file is a resource of the kustomization', () => {
  const files = readdirSync(FOLDER).filter((name) => name !== 'kustomization.yaml');
  expect([...kustomization.resources].sort()).toEqual(files.sort());
  expect(Object.keys(MODELS).sort()).toEqual(files.sort());
});

test.each(Object.entries(MODELS))('%s is what Kubernetes takes', (name, Model) => {
  expect(() => new Model(withLabels(name)).validate()).not.toThrow();
});

test('the validator does refuse', () => {
  const deployment = withLabels('deployment.yaml');
  expect(() => new Deployment({ ...deployment, spec: { ...deployment.spec, replicas: 'three' } }).validate()).toThrow();
});

test('names, ports and versions agree', () => {
  const { spec } = read('deployment.yaml').spec.template;
  const [container] = spec.containers;
  expect(container.ports).toEqual([{ name: 'http', containerPort: 4000 }]);
  expect(read('service.yaml').spec.ports[0].targetPort).toBe('http');
  expect(read('autoscaler.yaml').spec.scaleTargetRef.name).toBe(read('deployment.yaml').metadata.name);
  expect(kustomization.images).toEqual([expect.objectContaining({ name: container.image, newTag: PACKAGE.version })]);
  expect(container.envFrom[0].configMapRef.name).toBe(kustomization.configMapGenerator[0]?.name);
  const known = new Set(describeVariables().map(({ name }) => name));
  for (const literal of kustomization.configMapGenerator[0]?.literals ?? [])
    expect(known).toContain(literal.split('=')[0]);
  const wait = Number(/SHUTDOWN_DELAY_MS=(\d+)/.exec(JSON.stringify(kustomization))?.[1]);
  expect(spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(wait + 15_000);
});
