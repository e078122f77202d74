/** A value as `JSON.parse` returns it. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object as the upstream sent it. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** A value in a response has another type than the API defines. */
export class DecodeError extends Error {
  override name = 'DecodeError' as const;

  /** @param path the JSON path of the value, for example `stores[0].id`; its keys are those of the upstream */
  constructor(path: string, expected: string) {
    super(`${path.slice(0, MAX_PATH_CHARACTERS).replaceAll(CONTROL_CHARACTERS, '?')} is not ${expected}`);
  }
}

const MAX_PATH_CHARACTERS = 200;
/** Terminals act on these, and some change the direction of text. */
const CONTROL_CHARACTERS = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** The most values of a body, at all levels. 2000 stores with their settings have some 30,000. */
const MAX_VALUES = 50_000;
/** Deeper values could be decoded, but not rendered. */
const MAX_DEPTH = 100;

/**
 * Parses JSON and returns a typed value. Stricter than `JSON.parse`: duplicate keys are rejected, because parsers differ in which
 * one they take, and so is the key `__proto__`, which no OpenStack API has. The number of values and their depth are bounded.
 *
 * @throws SyntaxError when the text is not JSON
 * @throws DecodeError
 */
export function parseJson(text: string, maxValues: number = MAX_VALUES): JsonValue {
  const keys = countKeysInText(text, maxValues);
  const value: JsonValue = JSON.parse(text);
  if (countKeys(value) !== keys) throw new DecodeError('$', 'free of duplicate keys');
  return value;
}

/** Counts the keys of a value at all levels. */
function countKeys(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (!isJsonObject(value)) {
    for (const inner of value) count += countKeys(inner);
    return count;
  }
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw new DecodeError('$', 'free of __proto__');
    count += 1 + countKeys(value[key] ?? null);
  }
  return count;
}

const [QUOTE, BACKSLASH, COLON, COMMA] = [34, 92, 58, 44];
const [BRACKET, END_BRACKET, BRACE, END_BRACE] = [91, 93, 123, 125];

/**
 * Counts the keys of a text: the colons outside of strings.
 *
 * @throws DecodeError when the text has too many values, or too deep ones. The text need not be JSON.
 */
function countKeysInText(text: string, maxValues: number): number {
  let keys = 0;
  let values = 1;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === BACKSLASH) at += 1;
    else if (character === QUOTE) inString = !inString;
    else if (inString) continue;
    else if (character === COLON) keys += 1;
    else if (character === COMMA) values += 1;
    else if (character === BRACKET || character === BRACE) {
      values += 1;
      depth += 1;
      if (depth > MAX_DEPTH) throw new DecodeError('$', `nested at most ${MAX_DEPTH} levels deep`);
    } else if (character === END_BRACKET || character === END_BRACE) depth -= 1;
    if (values > maxValues) throw new DecodeError('$', `a body of at most ${maxValues} values`);
  }
  return keys;
}

/** @param value as `JSON.parse` returns it, or undefined */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Each decoder takes a value and its JSON path, and returns the typed value or throws a DecodeError.

export function decodeObject(value: JsonValue | undefined, path: string): JsonObject {
  if (!isJsonObject(value)) throw new DecodeError(path, 'an object');
  return value;
}

/** The most items of a list in a response. Real ones have some dozens. */
export const MAX_ITEMS = 2000;

export function decodeList(value: JsonValue | undefined, path: string): readonly JsonValue[] {
  if (!Array.isArray(value)) throw new DecodeError(path, 'an array');
  if (value.length > MAX_ITEMS) throw new DecodeError(path, `an array of at most ${MAX_ITEMS} items`);
  return value;
}

export function decodeString(value: JsonValue | undefined, path: string): string {
  if (typeof value !== 'string') throw new DecodeError(path, 'a string');
  return value;
}

/** The longest name of Keystone's: that of a region or a role. */
const MAX_NAME_CHARACTERS = 255;

/** A string that is shown to callers and operators, or matched. */
export function decodeName(
  value: JsonValue | undefined,
  path: string,
  maxCharacters: number = MAX_NAME_CHARACTERS,
): string {
  const name = decodeString(value, path);
  if (name.length > maxCharacters || name.search(CONTROL_CHARACTERS) !== -1)
    throw new DecodeError(path, `a text of at most ${maxCharacters} characters without control characters`);
  return name;
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
 * Checks that every integer in a value, at all levels, is in the safe range.
 *
 * @throws DecodeError
 */
export function checkIntegers(value: JsonValue, path: string): void {
  if (typeof value === 'number' && (Number.isInteger(value) || !Number.isFinite(value))) decodeInteger(value, path);
  if (typeof value !== 'object' || value === null) return;
  if (!isJsonObject(value)) for (const inner of value) checkIntegers(inner, `${path}[]`);
  else for (const key of Object.keys(value)) checkIntegers(value[key] ?? null, `${path}.${key}`);
}

/** Returns null for a missing or null value, which Glance uses alike, and decodes any other. */
export function optional<T>(
  decode: (value: JsonValue, path: string) => T,
  value: JsonValue | undefined,
  path: string,
): T | null {
  return value === undefined || value === null ? null : decode(value, path);
}
