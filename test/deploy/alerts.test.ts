/** Every alert of deploy/prometheus is described in docs/operations.md. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const { groups }: { groups: { rules: { alert: string }[] }[] } = parse(read('deploy/prometheus/rules.yaml'));
const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));

test.each(alerts)('docs/operations.md describes the alert %s', (alert) => {
  expect(read('docs/operations.md')).toContain(`\`${alert}\``);
});
