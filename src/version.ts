import { readFileSync } from 'node:fs';

// The relative path is the same from src and from the published dist.
const { version }: { version: string } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** The version of the package. */
export const VERSION = version;
