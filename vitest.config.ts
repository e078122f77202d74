import { defineConfig } from 'vitest/config';

const here = (path: string) => `${import.meta.dirname}/${path}`;

const ALIASES = [
  // Vite would load a second build of graphql, whose errors are not instances of the first one's class.
  { find: /^graphql$/, replacement: here('node_modules/graphql/index.js') },
];

/** A folder of test/. */
const project = (name: string, options: object = {}) => ({
  resolve: { alias: ALIASES },
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    // Most tests take milliseconds. On a busy machine starting a process or a gateway takes seconds.
    testTimeout: 20_000,
    expect: { poll: { timeout: 10_000 } },
    ...options,
  },
});

/** What does not depend on the fast path passes with `FAST_PATH=0` too. */
const withoutFastPath = project('no-fast-path', {
  include: [
    ...[
      'accept-header',
      'call-counts',
      'caching',
      'cache-headers',
      'catalog',
      'catalog-failures',
      'entities',
      'exact-numbers',
      'graphql-requests',
      'isolation',
    ],
    ...['limits', 'log-lines', 'no-cache', 'partial-failure', 'persisted-documents', 'project-isolation'],
    ...[
      'request-logging',
      'requests',
      'security-checks',
      'stale-results',
      'upstream-connections',
      'upstream-faults',
      'upstream-statuses',
    ],
  ].map((name) => `test/integration/${name}.test.ts`),
  env: { TEST_FAST_PATH: '0' },
});

export default defineConfig({
  test: {
    // A gateway sheds load while its event loop is late, so its tests leave the machine some room.
    maxWorkers: 2,
    // Tests close what they start, so files can share a worker: importing the modules again for each took a third of the time.
    isolate: false,
    projects: [
      project('unit'),
      project('integration'),
      withoutFastPath,
      project('conformance'),
      project('proxies', { testTimeout: 30_000, hookTimeout: 30_000 }),
      project('shared-cache', { testTimeout: 30_000 }),
      project('deploy', { testTimeout: 300_000, hookTimeout: 60_000, globalSetup: 'test/deploy/setup.ts' }),
      project('faults', { testTimeout: 120_000, hookTimeout: 300_000, fileParallelism: false }),
      project('fuzz', { testTimeout: 120_000 }),
      project('browser', { testTimeout: 60_000, hookTimeout: 60_000 }),
      project('openstack', {
        testTimeout: 120_000,
        hookTimeout: 300_000,
        fileParallelism: false,
        globalSetup: 'test/openstack/setup.ts',
      }),
    ],
  },
});
