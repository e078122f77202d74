import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyHelmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** GraphiQL's editor writes its styles into the page; all else is strict, and nothing comes from elsewhere. */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'connect-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'", 'data:'],
  'worker-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** What the pages are told of the gateway they come from. */
export interface PageSettings {
  /** Those to try, the operator's first; none but in the sandbox. */
  readonly sandboxTokens: readonly string[];
}

/** Serves the pages that `npm run build:web` makes, the overview and GraphiQL, and the files that they load. */
export async function servePages(app: FastifyInstance, settings: PageSettings): Promise<void> {
  // As far from src/http as from the published dist/http.
  const folder = new URL('../../web/dist/', import.meta.url);
  const read = (name: string) => withSettings(readPage(new URL(`${name}/index.html`, folder)), settings);
  const pagesByPath = { '/': read('overview'), '/graphiql': read('graphiql') };

  await app.register(async (pages) => {
    await pages.register(fastifyHelmet, {
      contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
      // Whoever ends TLS in front of the gateway knows whether all of the host speaks it.
      strictTransportSecurity: false,
    });
    await serveFiles(pages, folder, pagesByPath);
  });
}

async function serveFiles(
  app: FastifyInstance,
  folder: URL,
  pagesByPath: Readonly<Record<string, string>>,
): Promise<void> {
  await app.register(fastifyStatic, {
    root: fileURLToPath(new URL('assets/', folder)),
    prefix: '/assets/',
    // Their names hold a digest of what is in them.
    immutable: true,
    maxAge: '365d',
    index: false,
  });
  for (const [path, html] of Object.entries(pagesByPath)) {
    app.get(path, async (_request, reply) =>
      reply.header('Cache-Control', 'no-cache').type('text/html; charset=utf-8').send(html),
    );
  }
}

function readPage(file: URL): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error('The pages are not built. `npm run build:web` builds them.', { cause });
  }
}

/** Writes the settings into the page as data. `<` is escaped, so that no value can end the element. */
function withSettings(html: string, settings: PageSettings): string {
  const json = JSON.stringify(settings).replaceAll('<', '\\u003c');
  return html.replace(
    /(<script id="settings" type="application\/json">)[^<]*/,
    (_match, opening: string) => opening + json,
  );
}
