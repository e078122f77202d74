/** Starts a real nginx. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../scripts/free-port.ts';
import { startService } from '../openstack/processes.ts';

const NGINX = '/usr/sbin/nginx';

export const missingNginx = existsSync(NGINX) ? [] : [NGINX];

export interface Nginx extends AsyncDisposable {
  readonly url: string;
}

/** @param server the content of its `server` block, and of the `http` block where needed */
export async function startNginx({ server, http = '' }: { server: string; http?: string }): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'glance-graphql-nginx-'));
  const port = await freePort();
  mkdirSync(join(folder, 'cache'));
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, http, `listen 127.0.0.1:${port};\n${server}`));
  const nginx = await startService([NGINX, '-p', folder, '-c', join(folder, 'nginx.conf')], {
    url: `http://127.0.0.1:${port}`,
    readyPath: '/healthz',
    logFile: join(folder, 'output.log'),
  });
  return {
    url: nginx.url,
    async [Symbol.asyncDispose]() {
      await nginx[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

const configuration = (folder: string, http: string, server: string) => `
daemon off;
user root;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  ${http}
  server {
    ${server}
  }
}
`;
