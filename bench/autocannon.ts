/** What `wrk.lua` does, where there is no wrk: a POST of BODY for each request, with one of TOKENS tokens in turn. */
import autocannon from 'autocannon';

const { URL: url = '', BODY: body = '', TOKENS, CONNECTIONS, SECONDS } = process.env;
let number = 0;

const result = await autocannon({
  url,
  connections: Number(CONNECTIONS),
  duration: Number(SECONDS),
  requests: [
    {
      method: 'POST',
      path: '/graphql',
      body,
      setupRequest(request) {
        number = (number % Number(TOKENS)) + 1;
        return { ...request, headers: { 'content-type': 'application/json', 'x-auth-token': `token-${number}` } };
      },
    },
  ],
});
const { requests, duration, latency, non2xx, errors } = result;
process.stdout.write(
  `${JSON.stringify({ requests: requests.total, seconds: duration, p50: latency.p50, p99: latency.p99, failed: non2xx + errors })}\n`,
);
