/**
 * Writes the variables that `src/config/variables.ts` declares into docs/configuration.md and `.env.example`:
 * `node scripts/document-variables.ts`. A test compares them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { describeVariables } from '../src/config/variables.ts';

const BEGIN = '<!-- variables -->';
const END = '<!-- /variables -->';

/** The table in docs/configuration.md, between its markers. */
export function variablesTable(): string {
  const rows = describeVariables().map(
    ({ name, meaning, expected, default: defaultText }) =>
      `| \`${name}\` | ${meaning} | ${expected} | ${defaultText === null ? '' : `\`${defaultText}\``} |`,
  );
  return [BEGIN, '| Variable | Meaning | Value | Default |', '| --- | --- | --- | --- |', ...rows, END].join('\n');
}

export function envExample(): string {
  const parts = describeVariables().map(
    ({ name, meaning, expected, default: defaultText }) =>
      `# ${meaning.replaceAll('`', '')}.\n# Value: ${expected}.\n#${name}=${defaultText ?? ''}\n`,
  );
  return parts.join('\n');
}

if (import.meta.main) {
  const root = new URL('../', import.meta.url);
  const page = new URL('docs/configuration.md', root);
  const text = readFileSync(page, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/configuration.md lacks ${BEGIN} … ${END}`);
  writeFileSync(page, before + variablesTable() + after);
  writeFileSync(new URL('.env.example', root), envExample());
}
