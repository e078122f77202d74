import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

// With any other value the bundle contains React's slower development build.
process.env.NODE_ENV = 'production';

const OUT = `${import.meta.dirname}/dist`;

/** Builds the pages into web/dist, from which the gateway serves them. There is no development server. */
export default defineConfig({
  root: import.meta.dirname,
  // Addresses are relative to the page, so that it works behind any path of a proxy.
  base: './',
  logLevel: 'warn',
  plugins: [withoutFonts(), compress()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2023',
    rolldownOptions: {
      input: [`${import.meta.dirname}/index.html`, `${import.meta.dirname}/graphiql.html`],
      // Dependencies contain "use client" directives, which have no meaning in a bundle for browsers.
      onLog: (level, log, report) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && report(level, log),
    },
    // Monaco, GraphiQL's editor, is one large chunk.
    chunkSizeWarningLimit: 5000,
  },
});

/** GraphiQL's style sheet embeds 500 kB of fonts that do not compress. The pages use the system's; Monaco has its icons itself. */
function withoutFonts(): Plugin {
  return {
    name: 'without-fonts',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/graphiql/dist/style.css')) return null;
      return code.replaceAll(/@font-face\s*\{[^}]*url\(data:font\/[^}]*\}/g, '');
    },
  };
}

/** Small files do not get smaller. */
const MIN_BYTES = 1000;

/** Writes each asset compressed beside it; the gateway serves what the browser accepts. */
function compress(): Plugin {
  return {
    name: 'compress',
    closeBundle() {
      for (const name of readdirSync(`${OUT}/assets`)) {
        const file = `${OUT}/assets/${name}`;
        const content = readFileSync(file);
        if (content.length < MIN_BYTES) continue;
        const parameters = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
        writeFileSync(`${file}.br`, brotliCompressSync(content, { params: parameters }));
        writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}
