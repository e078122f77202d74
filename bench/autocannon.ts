/** The same load as `wrk.lua`, for machines without wrk. */
import autocannon from 'autocannon';

const { URL: url = '', METHOD, REQUEST_PATH, BODY = '', HEADERS = '' } = process.env;
const { FIRST_TOKEN, TOKENS, CONNECTIONS, SECONDS } = process.env;
const headers = Object.fromEntries(
  [...HEADERS.matchAll(/([^:\n]+): ([^\n]*)/g)].map(([, name, value]) => [name, value]),
);
let number = 0;

const result = await autocannon({
  url,
  connections: Number(CONNECTIONS),
  duration: Number(SECONDS),
  requests: [
    {
      method: METHOD === 'GET' ? 'GET' : 'POST',
      path: REQUEST_PATH ?? '/',
      ...(BODY === '' ? {} : { body: BODY }),
      setupRequest(request) {
        const token = `token-${Number(FIRST_TOKEN) + (number % Number(TOKENS))}`;
        number += 1;
        return { ...request, headers: { ...headers, 'X-Auth-Token': token } };
      },
    },
  ],
});
const { requests, duration, latency, non2xx, errors } = result;
process.stdout.write(
  `${JSON.stringify({ requests: requests.total, seconds: duration, p50: latency.p50, p99: latency.p99, failed: non2xx + errors })}\n`,
);
