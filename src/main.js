#!/usr/bin/env -S node --max-semi-space-size=16
/**
 * The entry point: checks the version of Node, and loads the program. It is JavaScript, and imports nothing of the program before the
 * check, because an old Node can load neither TypeScript nor the dependencies.
 *
 * The young generation has half of V8's default size, which costs some 4 % of requests per second and saves 30 MB.
 */
import { readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

/** The code EX_UNAVAILABLE of sysexits.h. */
const EXIT_UNAVAILABLE = 69;

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const [requiredMajor, requiredMinor] = engines.node.match(/\d+/g).map(Number);
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > requiredMajor || (major === requiredMajor && minor >= requiredMinor)) {
  // The next start need not compile again. Who may write here may write the code; who may not starts without it.
  module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url)));
  await import('./program.ts');
} else {
  process.stderr.write(
    `glance-graphql needs Node ${requiredMajor}.${requiredMinor} or newer, and this is ${process.versions.node}.\n`,
  );
  process.exitCode = EXIT_UNAVAILABLE;
}
