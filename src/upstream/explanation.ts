/**
 * Finds the sentence in which an OpenStack service explains a refusal, and makes it plain text.
 *
 * Glance's error bodies come in three forms: JSON `{"message": "…<br /><br />\n\n\n", "code": "404 Not Found", …}`, an HTML
 * page with the sentence between `</h1>` and `<br />`, and the token middleware's and Keystone's `{"error": {"message": …}}`.
 * Proxies in front send pages of their own, which say nothing of use; anything that is not one of the three gives null.
 */
import { isJsonObject, type JsonValue, parseJson } from './json.ts';

const MAX_LENGTH = 300;
/** Only this much is searched for a sentence: error pages are short, hostile ones are not. */
const MAX_SEARCHED = 16_384;
/** And only this much of what is found is cleaned, which takes time that grows faster than the text. */
const MAX_SENTENCE = 2000;

/** Shorter ones are words, such as a wrong token `bad`, and no secrets. */
const MIN_SECRET_LENGTH = 8;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** What a sentence for strangers may not hold: URLs, IPv4 and IPv6 addresses, host:port, file paths with two parts or more. */
const ADDRESS =
  /[a-z][a-z0-9+.-]*:\/\/|\b\d{1,3}(?:\.\d{1,3}){3}\b|(?:[0-9a-f]{0,4}:){3,}[0-9a-f]{0,4}|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*:\d{2,5}\b|\bPort \d+|(?:^|\s)\/\w[\w.-]*\/\w/i;

/**
 * @param body the error's body
 * @param secret the caller's token, never repeated even where the upstream does
 * @returns one line of at most 300 characters without markup, or null
 */
export function explanationOf(body: string, secret: string | null): string | null {
  const found = findSentence(body.slice(0, MAX_SEARCHED));
  if (found === null) return null;
  const text = toPlainText(found.slice(0, MAX_SENTENCE));
  if (text === '' || ADDRESS.test(text)) return null;
  if (secret !== null && secret.length >= MIN_SECRET_LENGTH && text.includes(secret)) return null;
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}

function findSentence(body: string): string | null {
  if (body.trimStart().startsWith('{')) return findInJson(body);
  return /<\/h1>([\s\S]*?)<br ?\/?>/i.exec(body)?.[1] ?? null;
}

function findInJson(body: string): string | null {
  let parsed: JsonValue;
  try {
    parsed = parseJson(body);
  } catch {
    return null;
  }
  if (!isJsonObject(parsed)) return null;
  const message = isJsonObject(parsed.error) ? parsed.error.message : parsed.message;
  return typeof message === 'string' ? message : null;
}

function toPlainText(markup: string): string {
  const decoded = withoutTags(markup).replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi,
    (entity, decimal, hex, name) => {
      if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? entity;
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : '';
    },
  );
  // Once more, for tags that were spelled with entities: the result is shown as text, but not every client escapes.
  return (
    withoutTags(decoded)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
      .replace(/[\u0000-\u0020\u007f-\u00a0\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
      .trim()
  );
}

/** Until none is left: taking one out of `<<b>>` makes another. */
function withoutTags(text: string): string {
  const stripped = text.replace(/<[^<>]*>/g, ' ');
  return stripped === text ? text : withoutTags(stripped);
}
