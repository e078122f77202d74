/** Starts a forward proxy as a separate process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface ProxyOptions {
  /** The `user:password` that it requires. */
  readonly credentials?: string;
  /** Whether clients connect to it by TLS. */
  readonly tls?: boolean;
  /** How it treats CONNECT: never responds, or refuses. */
  readonly mode?: 'silent' | 'forbid';
}

export interface ProxyRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ForwardProxy extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The requests so far. */
  readonly seen: readonly ProxyRequest[];
}

const PROGRAM = new URL('forward-proxy-process.ts', import.meta.url).pathname;

export async function startForwardProxy(options: ProxyOptions = {}): Promise<ForwardProxy> {
  const env = { OPTIONS: JSON.stringify(options) };
  const child = spawn(process.execPath, [PROGRAM], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [first] = await once(lines, 'line');
  const { port }: { port: number } = JSON.parse(first);
  const seen: ProxyRequest[] = [];
  lines.on('line', (line) => seen.push(JSON.parse(line)));
  return {
    url: options.tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    port,
    seen,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}
