import { defineConfig } from 'vitest/config';

const here = (path: string) => `${import.meta.dirname}/${path}`;

const ALIASES = [
  // Vite would pick the other build of it, and errors of a second copy are no instances of the first one's class.
  { find: /^graphql$/, replacement: here('node_modules/graphql/index.js') },
];

const project = (name: string, options: object = {}) => ({
  resolve: { alias: ALIASES },
  test: { name, include: [`test/${name}/**/*.test.ts`], ...options },
});

/** Whatever way an answer is made, it is the same: those that are not about the ways themselves pass plainly too. */
const plainly = project('plain', {
  include: ['test/integration/**/*.test.ts'],
  exclude: [
    ...['rendering', 'known-requests', 'package', 'command-line', 'process', 'readme', 'example', 'overload', 'gate'],
    ...['circuit-breaker', 'retries', 'frontend', 'tracing', 'tls', 'pages', 'keeping-bounds', 'sandbox'],
  ].map((name) => `test/integration/${name}.test.ts`),
  env: { TEST_PLAIN_EXECUTION: '1' },
});

export default defineConfig({
  test: {
    projects: [
      project('unit'),
      project('integration'),
      plainly,
      project('conformance'),
      project('proxies', { testTimeout: 30_000, hookTimeout: 30_000 }),
      project('shared-cache', { testTimeout: 30_000 }),
      project('deploy', { testTimeout: 300_000, hookTimeout: 60_000 }),
      project('faults', { testTimeout: 120_000, hookTimeout: 300_000, fileParallelism: false }),
      project('fuzz', { testTimeout: 120_000 }),
      project('browser', { testTimeout: 60_000, hookTimeout: 60_000 }),
      project('openstack', { testTimeout: 60_000, hookTimeout: 300_000, fileParallelism: false }),
    ],
  },
});
