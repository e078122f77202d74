import { type JsonValue, parseJson } from './json.ts';
import { createMemo } from './memo.ts';

/** One call of an OpenStack API: a GET, and what its answer means. */
export interface Call<T> {
  /** Its one name, in files, failures, logs and metrics. */
  readonly name: string;
  /** Below the service's endpoint, which ends before the version. */
  readonly path: string;
  /**
   * Decodes the text of an answer.
   *
   * @throws WrongShape naming the key that is not what it should be; unknown keys are let be
   * @throws SyntaxError when it is not JSON
   */
  read(text: string): T;
}

/** Answers of one call are remembered up to so many bytes; a cloud has few that differ. */
const MAX_REMEMBERED_BYTES = 4 * 1024 * 1024;

/** The text, and about as much again, twice over, for what it decodes to. */
const BYTES_A_CHARACTER = 3;

/**
 * Reads the same text once: all callers of a cloud get the same bytes for most calls, and the same value for the same bytes is
 * what lets its rendering be reused too. What is reused is work: each caller has received those very bytes.
 */
export function onceByText<T extends object>(
  decode: (body: JsonValue) => T,
  maxBytes = MAX_REMEMBERED_BYTES,
): (text: string) => T {
  const remembered = createMemo<string, T>(maxBytes);
  return (text) => {
    const known = remembered.get(text);
    if (known !== undefined) return known;
    const value = decode(parseJson(text));
    remembered.put(text, text.length * BYTES_A_CHARACTER, () => value);
    return value;
  };
}
