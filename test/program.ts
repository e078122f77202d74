/** Starts the gateway as a separate process, in a folder without `.env`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const MAIN = new URL('../src/main.js', import.meta.url).pathname;

export interface Running extends AsyncDisposable {
  readonly url: string;
  /** What it prints for people when it listens. */
  readonly banner: string;
  readonly log: () => string;
  readonly pid: number;
  signal(name: NodeJS.Signals): void;
  /** Closes the reading end of its standard error. */
  closeErrors(): void;
  readonly exit: Promise<number | null>;
}

/** @param stdout a file descriptor; by default it is read into `log` */
function spawnProgram(env: Readonly<Record<string, string>>, stdout: number | 'pipe' = 'pipe') {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [MAIN], {
    cwd: import.meta.dirname,
    env: { PATH, ...env },
    stdio: ['ignore', stdout, 'pipe'],
  });
  const texts = { log: '', errors: '' };
  child.stdout?.on('data', (chunk) => {
    texts.log += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    texts.errors += chunk;
  });
  const exit = once(child, 'close').then(() => child.exitCode);
  return { child, texts, exit };
}

/** Starts it in a terminal of its own. What it writes to standard output and to standard error is one text. */
export function startInTerminal(env: Readonly<Record<string, string>>) {
  const { PATH = '' } = process.env;
  const child = spawn('script', ['-qec', `${process.execPath} ${MAIN}`, '/dev/null'], {
    cwd: import.meta.dirname,
    env: { PATH, PORT: '0', TERM: 'xterm-256color', ...env },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  return {
    text: () => text,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

/** Starts it on a free port, unless `PORT` is set. */
export async function startProgram(env: Readonly<Record<string, string>>, stdout?: number): Promise<Running> {
  const { child, texts, exit } = spawnProgram({ PORT: '0', ...env }, stdout);
  while (!texts.errors.includes('listens at')) {
    if (child.exitCode !== null) throw new Error(texts.errors);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return {
    url: /listens at (http:\/\/[\w.:-]+\d)/.exec(texts.errors)?.[1] ?? '',
    banner: texts.errors,
    log: () => texts.log,
    pid: child.pid ?? 0,
    signal: (name) => child.kill(name),
    closeErrors: () => child.stderr?.destroy(),
    exit,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** @returns its exit code, its standard error and its log when it does not start */
export async function failToStart(env: Readonly<Record<string, string>>): Promise<[number | null, string, string]> {
  const { texts, exit } = spawnProgram(env);
  return [await exit, texts.errors, texts.log];
}

/** The value of a metric without labels. The text is reused for half a second, so tests poll. */
export async function metric({ url }: { readonly url: string }, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}
