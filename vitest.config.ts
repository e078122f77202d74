import { defineConfig } from 'vitest/config';

// Apollo's integration suite is written for Jest; the few globals that it imports are Vitest's by the same names.
const JEST_GLOBALS = { '@jest/globals': `${import.meta.dirname}/test/conformance/jest-globals.ts` };

const project = (name: string, more = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], environment: 'node' as const, ...more },
});

export default defineConfig({
  test: {
    projects: [
      project('unit'),
      project('integration'),
      {
        ...project('conformance', { server: { deps: { inline: [/server-integration-testsuite/] } } }),
        resolve: { alias: JEST_GLOBALS },
      },
      project('browser', { testTimeout: 60_000, hookTimeout: 60_000 }),
      project('openstack', { testTimeout: 60_000, hookTimeout: 300_000, fileParallelism: false }),
    ],
  },
});
