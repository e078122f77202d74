import { type JsonValue, parseJson } from '../openstack/json.ts';
import { type ByteBudget, DecodedResponse } from './sized-value.ts';

/** The text and the value decoded from it, in bytes for each character of the text. */
const BYTES_PER_CHARACTER = 8;

/**
 * Decodes equal bodies once. All callers of a cloud receive the same bytes for most calls, and with the same value they share its
 * rendering. No caller sees what it did not receive itself. The memo is bounded in bytes and cleared when full: the bookkeeping of an
 * LRU costs more than decoding again.
 */
export function memoizeDecoder<T>(
  decode: (body: JsonValue) => T,
  maxBytes: number,
): (text: string) => DecodedResponse<T> {
  const memo = new Map<string, DecodedResponse<T>>();
  let total = 0;

  const budget: ByteBudget = {
    charge(bytes) {
      total += bytes;
      if (total > maxBytes) clear();
    },
  };

  function clear(): void {
    for (const response of memo.values()) response.memo = null;
    memo.clear();
    total = 0;
  }

  return (text) => {
    const known = memo.get(text);
    if (known !== undefined) return known;
    const bytes = BYTES_PER_CHARACTER * text.length;
    const response = new DecodedResponse(decode(parseJson(text)), bytes);
    if (bytes > maxBytes) return response;
    if (total + bytes > maxBytes) clear();
    response.memo = budget;
    memo.set(text, response);
    total += bytes;
    return response;
  };
}
