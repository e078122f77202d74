/** A value as `JSON.parse` makes it. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object as the upstream sent it. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** A part of an upstream's answer that is not what the API says. */
export class WrongShape extends Error {
  override name = 'WrongShape' as const;

  constructor(path: string, expected: string) {
    super(`${path} is not ${expected}`);
  }
}

/**
 * Reads JSON without handing out `any`, strictly: a key that stands twice would say one thing to us and another to whoever reads
 * the same text, and `__proto__` is none that OpenStack has.
 *
 * @throws SyntaxError when the text is not JSON
 * @throws RangeError when it is nested too deeply for anybody's stack
 * @throws WrongShape
 */
export function parseJson(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  if (countKeys(value) !== countColons(text)) throw new WrongShape('$', 'free of keys that stand twice');
  return value;
}

/** All keys in a value, however deep. */
function countKeys(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (!isJsonObject(value)) return value.reduce<number>((count, inner) => count + countKeys(inner), 0);
  let count = 0;
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw new WrongShape('$', 'free of __proto__');
    count += 1 + countKeys(value[key] ?? null);
  }
  return count;
}

const [QUOTE, BACKSLASH, COLON] = [34, 92, 58];

/** Those outside of strings: each is a key's. @param text known to be JSON */
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

// Each decoder takes a value, its JSON path and gives the value back with its type, or throws WrongShape. `null` and a
// missing key are the same to those whose name begins with `optional`: Glance sends both.

export function decodeObject(value: JsonValue | undefined, path: string): JsonObject {
  if (!isJsonObject(value)) throw new WrongShape(path, 'an object');
  return value;
}

export function decodeArray(value: JsonValue | undefined, path: string): readonly JsonValue[] {
  if (!Array.isArray(value)) throw new WrongShape(path, 'an array');
  return value;
}

export function decodeString(value: JsonValue | undefined, path: string): string {
  if (typeof value !== 'string') throw new WrongShape(path, 'a string');
  return value;
}

/** A whole number that is still exact: JSON's larger ones are rounded when parsed, and a rounded quota is a wrong one. */
export function decodeInteger(value: JsonValue | undefined, path: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    throw new WrongShape(path, 'a whole number of at most 2^53 - 1');
  }
  return value;
}

export function decodeBoolean(value: JsonValue | undefined, path: string): boolean {
  if (typeof value !== 'boolean') throw new WrongShape(path, 'true or false');
  return value;
}

/**
 * Any value whose whole numbers are all exact, however deep.
 *
 * @throws RangeError when it is nested too deeply for anybody's stack
 */
export function decodeExactly(value: JsonObject, path: string): JsonObject {
  checkNumbers(value, path);
  return value;
}

function checkNumbers(value: JsonValue, path: string): void {
  if (typeof value === 'number' && (Number.isInteger(value) || !Number.isFinite(value))) decodeInteger(value, path);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value))
    checkNumbers(inner, Array.isArray(value) ? `${path}[]` : `${path}.${key}`);
}

/** Lets a missing or null value be null, and decodes any other. */
export function optional<T>(
  decode: (value: JsonValue, path: string) => T,
  value: JsonValue | undefined,
  path: string,
): T | null {
  return value === undefined || value === null ? null : decode(value, path);
}
