/**
 * Notices that a file has another content: it is written, replaced, or reached through a symbolic link that is, as in a ConfigMap of
 * Kubernetes. It polls, because `fs.watch` watches an inode: it misses the new file after a replacement, changes behind links, and those on
 * network file systems.
 */
import { stat } from 'node:fs/promises';

const INTERVAL_MS = 1000;

/**
 * Does not keep the process alive.
 *
 * @param onChange also called at the start: the file may have changed since it was read
 * @returns a function that ends it
 */
export function watchFile(file: string, onChange: () => void): () => void {
  let version = '';
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  async function check(): Promise<void> {
    // Before the file is read: a change while it is read is noticed the next time.
    const found = await versionOf(file);
    if (isClosed) return;
    if (found !== version) onChange();
    version = found;
    timer = setTimeout(check, INTERVAL_MS).unref();
  }
  void check();
  return () => {
    isClosed = true;
    clearTimeout(timer);
  };
}

/** Different for each content of a file, and for each reason that there is none. */
async function versionOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join();
  } catch (error) {
    return String(error);
  }
}
