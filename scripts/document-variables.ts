/**
 * Writes what `src/config/variables.ts` declares into the README's table and `.env.example`: `node scripts/document-variables.ts`.
 * A test says when they differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { describeVariables } from '../src/config/variables.ts';

const BEGIN = '<!-- variables: written by scripts/document-variables.ts -->';
const END = '<!-- end of variables -->';

export function readmeTable(): string {
  const rows = describeVariables().map(
    ({ name, meaning, accepted, default: fallback }) =>
      `| \`${name}\` | ${meaning} | ${accepted} | ${fallback === null ? '' : `\`${fallback}\``} |`,
  );
  return [BEGIN, '| variable | meaning | accepted | default |', '| --- | --- | --- | --- |', ...rows, END].join('\n');
}

export function envExample(): string {
  const parts = describeVariables().map(
    ({ name, meaning, accepted, default: fallback }) =>
      `# ${meaning.replaceAll('`', '')}.\n# Accepted: ${accepted}.\n#${name}=${fallback ?? ''}\n`,
  );
  return parts.join('\n');
}

if (import.meta.main) {
  const root = new URL('../', import.meta.url);
  const readme = new URL('README.md', root);
  const text = readFileSync(readme, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`README.md lacks ${BEGIN} … ${END}`);
  writeFileSync(readme, before + readmeTable() + after);
  writeFileSync(new URL('.env.example', root), envExample());
}
