import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import fastifyHelmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { pathOf } from '../plugins/request-logging.ts';

/** GraphiQL's editor needs inline styles. Nothing is loaded from other origins. */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'connect-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'", 'data:'],
  'worker-src': ["'self'"],
  // The path of a proxy.
  'base-uri': ["'self'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** The gateway's settings for the pages. */
export interface PageSettings {
  /** The sandbox's tokens, the operator's first. Empty outside of the sandbox. */
  readonly sandboxTokens: readonly string[];
  /** The name of the cloud in `clouds.yaml`. Null when it is unknown. */
  readonly cloudName: string | null;
}

/** The path that the caller of a request sees before the gateway's own, empty when there is none or it is not known. */
export type PublicPath = (request: IncomingMessage) => string;

/** GraphiQL's address, relative to that of the request, so that it is right under any path of a proxy. */
export function graphiqlUrl({ url }: FastifyRequest): string {
  const pathname = pathOf(url);
  return `${pathname.endsWith('/') ? '../' : ''}graphiql${url.slice(pathname.length)}`;
}

/** Serves the overview and GraphiQL, which `npm run build:web` builds, and their assets. */
export async function servePages(app: FastifyInstance, settings: PageSettings, publicPath: PublicPath): Promise<void> {
  // The relative path is the same from src/http/routes and from the published dist/http/routes.
  const folder = new URL('../../../web/dist/', import.meta.url);
  const render = (name: string) => withSettings(readPage(new URL(name, folder)), settings);
  const pagesByPath = { '/': render('index.html'), '/graphiql': render('graphiql.html') };

  await app.register(async (pages) => {
    await pages.register(fastifyHelmet, {
      contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
      // The proxy that terminates TLS decides this: the header applies to the whole host.
      strictTransportSecurity: false,
    });
    await serveAssets(pages, folder);
    for (const [path, html] of Object.entries(pagesByPath)) servePage(pages, path, html, publicPath);
  });
}

async function serveAssets(app: FastifyInstance, folder: URL): Promise<void> {
  await app.register(fastifyStatic, {
    root: fileURLToPath(new URL('assets/', folder)),
    prefix: '/assets/',
    // The file names contain a hash of the content.
    immutable: true,
    maxAge: '365d',
    index: false,
    // The build writes each file compressed beside it.
    preCompressed: true,
  });
}

function servePage(app: FastifyInstance, path: string, html: string, publicPath: PublicPath): void {
  app.get(path, async (request, reply) => {
    // The addresses in a page are relative to its path, where a slash at the end would be a folder more.
    if (/^\/graphiql\/(\?|$)/.test(request.url)) return reply.redirect(graphiqlUrl(request));
    return reply
      .header('Cache-Control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(withBase(html, publicPath(request.raw)));
  });
}

/** Without a base, `/glance` would have its assets in `/`. */
function withBase(html: string, path: string): string {
  return path === '' ? html : html.replace('<head>', `<head><base href="${path}/">`);
}

function readPage(file: URL): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error('The pages are not built. `npm run build:web` builds them.', { cause });
  }
}

/** Embeds the settings as JSON. `<` is escaped, so that no value can close the element. */
function withSettings(html: string, settings: PageSettings): string {
  const json = JSON.stringify(settings).replaceAll('<', '\\u003c');
  return html.replace(
    /(<script id="settings" type="application\/json">)[^<]*/,
    (_match, opening: string) => opening + json,
  );
}
