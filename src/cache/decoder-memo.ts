import { type JsonValue, parseJson } from '../openstack/json.ts';
import { type ByteBudget, DecodedResponse } from './sized-value.ts';

/** The text and the value decoded from it, in bytes for each character of the text, and for each object and list in it. */
const BYTES_PER_CHARACTER = 8;
const BYTES_PER_CONTAINER = 64;

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
    const bytes = bytesOf(text);
    const response = new DecodedResponse(decode(parseJson(text)), bytes);
    if (bytes > maxBytes) return response;
    if (total + bytes > maxBytes) clear();
    response.memo = budget;
    memo.set(text, response);
    total += bytes;
    return response;
  };
}

const [BRACKET, BRACE] = [91, 123];

/** An upper bound: empty objects take 22 bytes a character. Brackets in strings count too. */
function bytesOf(text: string): number {
  let containers = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === BRACKET || character === BRACE) containers += 1;
  }
  return BYTES_PER_CHARACTER * text.length + BYTES_PER_CONTAINER * containers;
}
