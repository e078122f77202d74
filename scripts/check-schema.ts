/**
 * Fails when the schema has a breaking change since the last release, or no longer composes.
 *
 * The released schema is scripts/released-schema.graphql; `node scripts/check-schema.ts --release` replaces it by the current
 * one. Intended breaking changes are declared in scripts/declared-schema-changes.json: path and reason.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { imagesSdl } from '../examples/supergraph/images-subgraph.ts';
import { composeSupergraph } from '../examples/supergraph/supergraph.ts';
import { loadSdl, toApiSdl } from '../src/graphql/schema.ts';

const RELEASED = new URL('released-schema.graphql', import.meta.url);
const DECLARED = new URL('declared-schema-changes.json', import.meta.url);

/** The schema for clients. What other subgraphs need is found by composing. */
const build = (sdl: string): GraphQLSchema => buildSchema(toApiSdl(sdl));

/** @returns the problems of the current schema compared with the released one, a sentence each */
export async function schemaProblems(
  released: string,
  current: string,
  declared: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const changes = await diff(build(released), build(current));
  const breaking = changes.filter(({ criticality }) => criticality.level === CriticalityLevel.Breaking);
  const undeclared = breaking.filter(({ path }) => path === undefined || !Object.hasOwn(declared, path));
  const obsolete = Object.keys(declared).filter((path) => !breaking.some((change) => change.path === path));
  return [
    ...undeclared.map(({ message, path }) => `${message} (${path}): this breaks clients`),
    ...obsolete.map((path) => `${path} is declared as a breaking change, but is none`),
    ...compositionProblems(current),
  ];
}

function compositionProblems(sdl: string): string[] {
  try {
    composeSupergraph([
      { name: 'glance', url: 'http://glance.invalid/graphql', sdl },
      { name: 'images', url: 'http://images.invalid/graphql', sdl: imagesSdl },
    ]);
    return [];
  } catch (error) {
    return [`It does not compose with the images subgraph: ${error instanceof Error ? error.message : error}`];
  }
}

if (import.meta.main) {
  if (process.argv.includes('--release')) writeFileSync(RELEASED, loadSdl());
  const declared = JSON.parse(readFileSync(DECLARED, 'utf8'));
  const problems = await schemaProblems(readFileSync(RELEASED, 'utf8'), loadSdl(), declared);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
