import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** What the pages are told of the gateway they come from. */
export interface PageSettings {
  /** A token to begin with; null but in the sandbox. */
  readonly token: string | null;
}

/** Serves the pages that `npm run build:web` makes: GraphiQL, and the files that it loads. */
export async function servePages(app: FastifyInstance, settings: PageSettings): Promise<void> {
  // As far from src/http as from the published dist/http.
  const folder = new URL('../../web/dist/', import.meta.url);
  const graphiql = withSettings(readPage(new URL('graphiql/index.html', folder)), settings);

  await app.register(fastifyStatic, {
    root: fileURLToPath(new URL('assets/', folder)),
    prefix: '/assets/',
    // Their names hold a digest of what is in them.
    immutable: true,
    maxAge: '365d',
    index: false,
  });
  app.get('/', async (_request, reply) => reply.redirect('/graphiql'));
  app.get('/graphiql', async (_request, reply) =>
    reply.header('Cache-Control', 'no-cache').type('text/html; charset=utf-8').send(graphiql),
  );
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
