import { defineConfig } from 'vite';

// What is built is what is served, whatever the environment of the build says: with another value React is its slow self.
process.env.NODE_ENV = 'production';

/** Builds the pages into web/dist, where the gateway serves them from. There is no development server. */
export default defineConfig({
  root: import.meta.dirname,
  logLevel: 'warn',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    rolldownOptions: {
      input: [`${import.meta.dirname}/graphiql/index.html`, `${import.meta.dirname}/overview/index.html`],
      // "use client" means nothing in a bundle for browsers, and dependencies are full of it.
      onLog: (level, log, report) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && report(level, log),
    },
    // Monaco, GraphiQL's editor, is one large piece.
    chunkSizeWarningLimit: 5000,
  },
});
