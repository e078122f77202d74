/** Composes subgraphs and serves the supergraph with Hive Gateway. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { composeServices } from '@theguild/federation-composition';
import { gql } from 'graphql-tag';
import { freePort } from '../../scripts/free-port.ts';

export interface Subgraph {
  readonly name: string;
  readonly url: string;
  readonly sdl: string;
}

/** @throws Error with the messages of the composition */
export function composeSupergraph(subgraphs: readonly Subgraph[]): string {
  const result = composeServices(subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: gql(sdl) })));
  if (!result.supergraphSdl) throw new Error(result.errors?.map(({ message }) => message).join('\n'));
  return result.supergraphSdl;
}

/**
 * Serves it on a free port of 127.0.0.1 and forwards the token header to the subgraphs.
 *
 * @param flags of Hive Gateway: with `--hive-router-runtime`, the query planner of Hive Router plans and executes
 */
export async function startHiveGateway(
  supergraph: string,
  flags: readonly string[] = [],
): Promise<{ url: string; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'supergraph-'));
  const file = join(folder, 'supergraph.graphql');
  writeFileSync(file, supergraph);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/graphql`;
  const packageFile = createRequire(import.meta.url).resolve('@graphql-hive/gateway/package.json');
  const bin = join(dirname(packageFile), 'dist/bin.js');
  const config = new URL('gateway.config.ts', import.meta.url).pathname;
  const options = ['--config-path', config, '--host', '127.0.0.1', '--port', String(port), ...flags];
  const child = spawn(process.execPath, [bin, 'supergraph', file, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect(child);
  while (!(await responds(url))) {
    if (child.exitCode !== null) throw new Error(`Hive Gateway ended: ${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    url,
    async close() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

function collect({ stdout, stderr }: ChildProcess): () => string {
  let text = '';
  for (const stream of [stdout, stderr]) {
    stream?.on('data', (chunk) => {
      text = (text + chunk).slice(-4000);
    });
  }
  return () => text;
}

function responds(url: string): Promise<boolean> {
  const body = '{"query":"{__typename}"}';
  return fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }).then(
    ({ ok }) => ok,
    () => false,
  );
}
