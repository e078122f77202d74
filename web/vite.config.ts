import { defineConfig } from 'vite';

// With any other value the bundle contains React's slower development build.
process.env.NODE_ENV = 'production';

/** Builds the pages into web/dist, from which the gateway serves them. There is no development server. */
export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    rolldownOptions: {
      input: [`${import.meta.dirname}/graphiql/index.html`, `${import.meta.dirname}/overview/index.html`],
      // Dependencies contain "use client" directives, which have no meaning in a bundle for browsers.
      onLog: (level, log, report) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && report(level, log),
    },
    // Monaco, GraphiQL's editor, is one large chunk.
    chunkSizeWarningLimit: 5000,
  },
});
