/** A value as `JSON.parse` returns it. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object as the upstream sent it. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** A value in a response has another type than the API defines. */
export class DecodeError extends Error {
  override name = 'DecodeError' as const;

  /** @param path the JSON path of the value, for example `stores[0].id` */
  constructor(path: string, expected: string) {
    super(`${path} is not ${expected}`);
  }
}

/**
 * Parses JSON and returns a typed value. Stricter than `JSON.parse`: duplicate keys are rejected, because parsers differ in which
 * one they take, and so is the key `__proto__`, which no OpenStack API has.
 *
 * @throws SyntaxError when the text is not JSON
 * @throws RangeError when the value is nested too deeply for the stack
 * @throws DecodeError
 */
export function parseJson(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  if (countKeys(value) !== countColons(text)) throw new DecodeError('$', 'free of duplicate keys');
  return value;
}

/** Counts the keys of a value at all levels. */
function countKeys(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (!isJsonObject(value)) return value.reduce<number>((count, inner) => count + countKeys(inner), 0);
  let count = 0;
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw new DecodeError('$', 'free of __proto__');
    count += 1 + countKeys(value[key] ?? null);
  }
  return count;
}

const [QUOTE, BACKSLASH, COLON] = [34, 92, 58];

/** Counts the colons outside of strings: one per key in the text. @param text valid JSON */
function countColons(text: string): number {
  let count = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === BACKSLASH) at += 1;
    else if (character === QUOTE) inString = !inString;
    else if (character === COLON && !inString) count += 1;
  }
  return count;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Each decoder takes a value and its JSON path, and returns the typed value or throws a DecodeError.

export function decodeObject(value: JsonValue | undefined, path: string): JsonObject {
  if (!isJsonObject(value)) throw new DecodeError(path, 'an object');
  return value;
}

export function decodeArray(value: JsonValue | undefined, path: string): readonly JsonValue[] {
  if (!Array.isArray(value)) throw new DecodeError(path, 'an array');
  return value;
}

/** Of a list in a response of Glance. Real ones have some dozens. */
export const MAX_ITEMS = 2000;

/** An array that is resolved and rendered item by item. */
export function decodeList(value: JsonValue | undefined, path: string): readonly JsonValue[] {
  const list = decodeArray(value, path);
  if (list.length > MAX_ITEMS) throw new DecodeError(path, `an array of at most ${MAX_ITEMS} items`);
  return list;
}

export function decodeString(value: JsonValue | undefined, path: string): string {
  if (typeof value !== 'string') throw new DecodeError(path, 'a string');
  return value;
}

/** Decodes an integer in the safe range. `JSON.parse` rounds larger ones, and a rounded quota is wrong. */
export function decodeInteger(value: JsonValue | undefined, path: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new DecodeError(path, 'a whole number of at most 2^53 - 1');
  }
  return value;
}

/** Decodes an integer for a field of GraphQL's type `Int`. @returns null for one beyond 32 bits, which the field can't represent */
export function decodeInt32(value: JsonValue | undefined, path: string): number | null {
  if (!Number.isInteger(value)) throw new DecodeError(path, 'a whole number');
  const number = Number(value);
  return number === (number | 0) ? number : null;
}

export function decodeBoolean(value: JsonValue | undefined, path: string): boolean {
  if (typeof value !== 'boolean') throw new DecodeError(path, 'true or false');
  return value;
}

/**
 * Returns the object unchanged after checking that every integer in it, at all levels, is in the safe range.
 *
 * @throws RangeError when the value is nested too deeply for the stack
 */
export function decodeSafeIntegers(value: JsonObject, path: string): JsonObject {
  checkIntegers(value, path);
  return value;
}

function checkIntegers(value: JsonValue, path: string): void {
  if (typeof value === 'number' && (Number.isInteger(value) || !Number.isFinite(value))) decodeInteger(value, path);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value))
    checkIntegers(inner, Array.isArray(value) ? `${path}[]` : `${path}.${key}`);
}

/** Returns null for a missing or null value, which Glance uses alike, and decodes any other. */
export function optional<T>(
  decode: (value: JsonValue, path: string) => T,
  value: JsonValue | undefined,
  path: string,
): T | null {
  return value === undefined || value === null ? null : decode(value, path);
}
