/** The documents of the project, and the snippets and tables in them. */
import { globSync, readFileSync } from 'node:fs';

export const ROOT = new URL('../', import.meta.url).pathname;

export const DOCUMENTS: readonly string[] = [
  ...globSync('*.md', { cwd: ROOT }),
  ...globSync('docs/*.md', { cwd: ROOT }),
].sort();

export const readDocument = (path: string): string => readFileSync(ROOT + path, 'utf8');

/** The code blocks of a language, with the indentation of list items removed. */
export function blocks(language: string, text: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\\n(.*?)^ *\`\`\``, 'gms'))].map(
    ([, indent = '', code = '']) => code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
}

/** @throws Error if no block contains the text */
export function blockWith(content: string, language: string, text: string): string {
  const block = blocks(language, text).find((candidate) => candidate.includes(content));
  if (block === undefined) throw new Error(`There is no ${language} block with ${content}`);
  return block;
}

/** The cells of each row of the table that has this header. */
export function table(header: string, text: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  const start = lines.indexOf(header);
  if (start === -1) throw new Error(`There is no table with the header ${header}`);
  const rows: string[][] = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
  }
  return rows;
}

/** What stands in backticks. */
export function codeSpans(text: string): readonly string[] {
  return [...text.replaceAll(/^ *```.*?^ *```/gms, '').matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
}
