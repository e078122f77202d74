import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorMessageOf } from '../../src/openstack/error-message.ts';
import { recorded } from '../recorded.ts';

const UNAUTHORIZED =
  'This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.';

test.each([
  ['api-2.16-multistore-member.stores-detail', 'You are not authorized to complete stores_info_detail action.'],
  [
    'api-2.16-multistore-member.stores-detail.accept-json',
    'You are not authorized to complete stores_info_detail action.',
  ],
  ['api-2.16-singlestore-admin.stores', 'Multi backend is not supported at this site.'],
  ['api-2.16-singlestore-admin.stores.accept-json', 'Multi backend is not supported at this site.'],
  ['api-2.16-multistore-admin.unknown-path.accept-json', 'The resource could not be found.'],
  ['api-2.16-multistore-badtoken.usage.accept-json', UNAUTHORIZED],
  ['api-2.16-multistore-badtoken.usage', UNAUTHORIZED],
  [
    'api-2.16-s3-driver-broken-admin.stores-detail.accept-json',
    'The server has either erred or is incapable of performing the requested operation.',
  ],
])('finds Glance’s message in %s', (name, message) => {
  expect(errorMessageOf(recorded(name).body, null)).toBe(message);
});

test.each([
  [
    'apache-2.4.400',
    'Your browser sent a request that this server could not understand. Size of a request header field exceeds server limit.',
  ],
  [
    'apache-2.4.401',
    "This server could not verify that you are authorized to access the document requested. Either you supplied the wrong credentials (e.g., bad password), or your browser doesn't understand how to supply the credentials required.",
  ],
  ['apache-2.4.403', "You don't have permission to access this resource."],
  ['apache-2.4.404', 'The requested URL was not found on this server.'],
  ['apache-2.4.429', 'The user has sent too many requests in a given amount of time.'],
  [
    'apache-2.4.500',
    'The server encountered an internal error or misconfiguration and was unable to complete your request.',
  ],
  [
    'apache-2.4.502',
    'The proxy server received an invalid response from an upstream server. The proxy server could not handle the request Reason: Error reading from remote server',
  ],
  [
    'apache-2.4.503',
    'The server is temporarily unable to service your request due to maintenance downtime or capacity problems. Please try again later.',
  ],
  ['haproxy-2.6.400', 'Your browser sent an invalid request.'],
  ['haproxy-2.6.403', 'Request forbidden by administrative rules.'],
  ['haproxy-2.6.404', 'The resource could not be found.'],
  ['haproxy-2.6.429', 'You have sent too many requests in a given amount of time.'],
  ['haproxy-2.6.500', 'An internal server error occurred.'],
  ['haproxy-2.6.502', 'The server returned an invalid or incomplete response.'],
  ['haproxy-2.6.503', 'No server is available to handle this request.'],
  ['haproxy-2.6.504', "The server didn't respond in time."],
  ['nginx-1.22.400', 'Request Header Or Cookie Too Large'],
  // These pages have nothing but the status.
  ['nginx-1.22.502', null],
  ['nginx-1.22.504', null],
])('finds the message of the server in front of Glance in %s', (name, message) => {
  expect(errorMessageOf(recorded(name).body, null)).toBe(message);
});

test.each([
  [
    'Envoy',
    'upstream connect error or disconnect/reset before headers. reset reason: connection failure, transport failure reason: delayed connect error: 111',
  ],
  ['Envoy', 'no healthy upstream'],
  ['Envoy', 'upstream request timeout'],
  ['Envoy', 'RBAC: access denied'],
  ['an ingress controller', 'default backend - 404'],
])('passes on the line of text of %s: %s', (_server, line) => {
  expect(errorMessageOf(line, null)).toBe(line);
  expect(errorMessageOf(`${line}\n`, null)).toBe(line);
});

test('finds what WebOb adds to the message of its page', () => {
  const page =
    '<html><body>\n  <h1>400 Bad Request</h1>\n  It is not right.<br /><br />\nThe limit is 7.\n\n</body></html>';
  expect(errorMessageOf(page, null)).toBe('It is not right. The limit is 7.');
});

test('searches a page of many headings in little time', () => {
  const before = process.cpuUsage();
  for (const piece of ['</h1><p>', '</h1><br>', '</h1></center><center>']) errorMessageOf(piece.repeat(5000), null);
  expect(process.cpuUsage(before).user).toBeLessThan(500_000);
});

test('finds the message of the token middleware and of Keystone', () => {
  const body =
    '{"error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}}';
  expect(errorMessageOf(body, null)).toBe('The request you have made requires authentication.');
});

describe('returns plain text', () => {
  const ofMessage = (message: string, secret: string | null = null) =>
    errorMessageOf(JSON.stringify({ message }), secret);

  test.each([
    ['with decoded entities', 'a &lt; b &amp; &#39;c&#39; &#x22;d&#x22;', `a < b & 'c' "d"`],
    [
      'without tags, even those spelled with entities',
      '<b>no</b> &lt;script&gt;alert(1)&lt;/script&gt; way',
      'no alert(1) way',
    ],
    ['on one line', 'a\r\n\tb\u2028c', 'a b c'],
    ['without control or direction characters', 'a\u0000b\u001b[31mc\u202ed', 'a b [31mc d'],
    ['with invalid entities unchanged', 'R&D &unknown; &#x110000;', 'R&D &unknown;'],
  ])('%s', (_title, message, text) => {
    expect(ofMessage(message)).toBe(text);
  });

  test('of at most 300 characters', () => {
    expect(ofMessage('x'.repeat(5000))).toHaveLength(300);
  });

  test.each([
    ['a URL', 'see http://controller.internal:5000/v3'],
    ['an IPv4 address', 'no route to 10.0.0.17'],
    ['an IPv6 address', 'no route to fd00::17:1:2:3'],
    ['a host and port', 'upstream glance-api.svc:9292 failed'],
    ['a path', 'Traceback in /usr/lib/python3/glance.py'],
    ['a quoted path', 'File "/usr/lib/python3/glance.py", line 1'],
    ['a host name of Apache', 'Reason: DNS lookup failure for: glance.internal'],
    ['the caller’s token', 'The token gAAAAABsecret is bad'],
  ])('or null for a message with %s', (_title, message) => {
    expect(ofMessage(message, 'gAAAAABsecret')).toBeNull();
  });

  test('keeps a message with a word that is also a short wrong token', () => {
    expect(ofMessage('bad password', 'bad')).toBe('bad password');
  });
});

test.each([
  ['an empty body', ''],
  ['a word', 'nope'],
  ['the phrase of a status', 'Bad Gateway'],
  ['several lines of text', 'Traceback (most recent call last):\n  in handle'],
  ['a form', '<html><body><h1>Sign in</h1><form>Name <input></form></body></html>'],
  [
    'a proxy’s page',
    '<html><body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx/1.22.1</center></body></html>',
  ],
  ['other JSON', '{"detail": "no"}'],
  ['truncated JSON', '{"message": "no'],
  ['a message that is not a string', '{"message": {"a": 1}}'],
])('returns null without an OpenStack message: %s', (_title, body) => {
  expect(errorMessageOf(body, null)).toBeNull();
});

test('returns at most one bounded line without tags for any input', () => {
  const pieces = fc.constantFrom(
    '<',
    '>',
    '</h1>',
    '<br />',
    '&lt;',
    '&gt;',
    '&#60;',
    '{"message": "',
    '"}',
    '\n',
    'word ',
    '\u0007',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 40 }), (parts) => {
      for (const body of [parts.join(''), JSON.stringify({ message: parts.join('') })]) {
        const text = errorMessageOf(body, null);
        if (text === null) continue;
        expect(text.length).toBeLessThanOrEqual(300);
        expect([...text].every((character) => character >= ' ')).toBe(true);
        expect(text).not.toMatch(/<[^<>]*>/);
      }
    }),
  );
});
