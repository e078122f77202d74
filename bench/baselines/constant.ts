/** Baseline: `node:http` reads the request and responds with a constant of the size of the response to Q2. */
import { createServer } from 'node:http';

const body = `{"data":"${'x'.repeat(1400)}"}\n`;
const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };

createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(200, headers).end(body));
}).listen(Number(process.env.PORT), '127.0.0.1');
