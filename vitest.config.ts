import { defineConfig } from 'vitest/config';

const here = (path: string) => `${import.meta.dirname}/${path}`;

const ALIASES = [
  // Vite would pick the other build of it, and errors of a second copy are no instances of the first one's class.
  { find: /^graphql$/, replacement: here('node_modules/graphql/index.js') },
  // Apollo's integration suite is written for Jest; the few globals that it imports are Vitest's by the same names.
  { find: '@jest/globals', replacement: here('test/conformance/jest-globals.ts') },
];

const project = (name: string, options: object = {}) => ({
  resolve: { alias: ALIASES },
  test: { name, include: [`test/${name}/**/*.test.ts`], ...options },
});

export default defineConfig({
  test: {
    projects: [
      project('unit'),
      project('integration'),
      project('conformance', { server: { deps: { inline: [/server-integration-testsuite/] } } }),
      project('browser', { testTimeout: 60_000, hookTimeout: 60_000 }),
      project('openstack', { testTimeout: 60_000, hookTimeout: 300_000, fileParallelism: false }),
    ],
  },
});
