/**
 * Extracts the error message from the body of an error response, as plain text.
 *
 * Glance sends errors in three forms: JSON `{"message": "…<br /><br />\n\n\n", "code": "404 Not Found", …}`, an HTML page with the
 * message after `</h1>`, and `{"error": {"message": …}}` from the token middleware and from Keystone. Servers in front of it have
 * pages of their own: HAProxy's are as Glance's, Apache's have a paragraph after `</h1>`, and nginx' a second `<center>` where there
 * is more to say than the status. Envoy and uWSGI send a line of text.
 */
import { STATUS_CODES } from 'node:http';
import { isJsonObject, type JsonObject, parseJson } from './json.ts';

const MAX_LENGTH = 300;
/** The part of a body that is searched for the message, which bounds the work on hostile pages. */
const MAX_SEARCHED_CHARACTERS = 16_384;
/** The part of a message that is cleaned. Cleaning takes more than linear time. */
const MAX_CLEANED_CHARACTERS = 2000;

/** Shorter tokens, such as a wrong token `bad`, can be ordinary words of the message. */
const MIN_SECRET_LENGTH = 8;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** Details of the deployment: URLs, IPv4 and IPv6 addresses, host:port, host names in Apache's words, file paths of two or more parts. */
const ADDRESS =
  /[a-z][a-z0-9+.-]*:\/\/|\b\d{1,3}(?:\.\d{1,3}){3}\b|(?:[0-9a-f]{0,4}:){3,}[0-9a-f]{0,4}|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*:\d{2,5}\b|\bPort \d+|\bDNS lookup failure\b|(?:^|[\s"'(])\/\w[\w.-]*\/\w/i;

/**
 * Messages that contain an address or the caller's token are dropped.
 *
 * @param body the body of the error response
 * @param secret the caller's token, or null
 * @returns one line of at most 300 characters without markup, or null
 */
export function errorMessageOf(body: string, secret: string | null): string | null {
  const found = findMessage(body.slice(0, MAX_SEARCHED_CHARACTERS));
  if (found === null) return null;
  const text = toPlainText(found.slice(0, MAX_CLEANED_CHARACTERS));
  if (text === '' || ADDRESS.test(text)) return null;
  if (secret !== null && secret.length >= MIN_SECRET_LENGTH && text.includes(secret)) return null;
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}

/** Whether the body is `{"error": {…}}`, as all of Keystone's errors are. */
export function isErrorObject(body: string): boolean {
  return isJsonObject(parseObject(body)?.error);
}

/** After the heading: a paragraph; a second centered line; or text and line breaks up to the end of the page. */
const AFTER_HEADING =
  /^\s*(?:<p>([\s\S]*?)<\/p>|<\/center>\s*<center>([\s\S]*?)<\/center>|((?:[^<]|<br ?\/?>)+)(?:<\/body>|$))/i;
/** A line of at least two words. */
const LINE = /^[a-z]\w*[^\w\n<{][^\n<{]*$/i;

function findMessage(body: string): string | null {
  const text = body.trim();
  if (text.startsWith('{')) return findInJson(text);
  if (LINE.test(text)) return isReasonPhrase(text) ? null : text;
  const heading = text.search(/<\/h1>/i);
  if (heading === -1) return null;
  const [, paragraph, line, rest] = AFTER_HEADING.exec(text.slice(heading + '</h1>'.length)) ?? [];
  return paragraph ?? line ?? rest ?? null;
}

/** `Bad Gateway` says no more than its status. */
function isReasonPhrase(text: string): boolean {
  return Object.values(STATUS_CODES).some((phrase) => phrase?.toLowerCase() === text.toLowerCase());
}

function findInJson(body: string): string | null {
  const parsed = parseObject(body);
  const message = isJsonObject(parsed?.error) ? parsed.error.message : parsed?.message;
  return typeof message === 'string' ? message : null;
}

function parseObject(body: string): JsonObject | null {
  try {
    const parsed = parseJson(body);
    return isJsonObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
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
  // Decoded entities can form new tags, and not every client escapes the message.
  return (
    withoutTags(decoded)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are removed here
      .replace(/[\u0000-\u0020\u007f-\u00a0\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
      .trim()
  );
}

/** Repeats until no tag is left: removing the inner tag of `<<b>>` forms another. */
function withoutTags(text: string): string {
  const stripped = text.replace(/<[^<>]*>/g, ' ');
  return stripped === text ? text : withoutTags(stripped);
}
