/** A row of `check`, and how the rows are printed. */
import type { Format } from './command-line.ts';

export interface CheckRow {
  /** `-` for Keystone's calls. */
  readonly region: string;
  readonly call: string;
  /** The HTTP status or the reason of the error. */
  readonly status: string;
  /** Null where nothing was sent. */
  readonly ms: number | null;
  /** Empty when nothing needs attention. */
  readonly advice: string;
  /** False for failures that an operator should fix. Some errors are expected, such as 403 without the admin role. */
  readonly isOk: boolean;
}

export function isServed(rows: readonly CheckRow[]): boolean {
  return rows.every(({ isOk }) => isOk);
}

export function formatRows(rows: readonly CheckRow[], format: Format): string {
  return format === 'json' ? formatAsJson(rows) : formatAsText(rows);
}

function formatAsJson(rows: readonly CheckRow[]): string {
  const entries = rows.map(({ isOk, ...row }) => ({ ...row, ok: isOk }));
  return `${JSON.stringify({ ok: isServed(rows), rows: entries }, null, 2)}\n`;
}

function formatAsText(rows: readonly CheckRow[]): string {
  const cells = [
    ['REGION', 'CALL', 'STATUS', 'TIME', 'RESULT', 'WHAT TO DO'],
    ...rows.map(({ region, call, status, ms, advice, isOk }, index) => {
      const before = rows[index - 1];
      const isRepeated = advice !== '' && before?.region === region && before.advice === advice;
      const time = ms === null ? '-' : `${ms} ms`;
      return [region, call, status, time, isOk ? 'ok' : 'FAILED', isRepeated ? 'As above' : advice];
    }),
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const failures = rows.filter(({ isOk }) => !isOk).length;
  const summary =
    failures === 0
      ? 'A front end would be served.'
      : `A front end would not be served: ${failures} of ${rows.length} rows failed.`;
  return `${lines.join('\n')}\n\n${summary}\n`;
}
