import { type Service, type ServiceOptions, startService } from './processes.ts';

export interface UwsgiOptions extends ServiceOptions {
  /** The root folder of another Debian whose uwsgi is run; null for the installed one. */
  readonly root: string | null;
  /** The arguments that name the WSGI application. */
  readonly application: readonly string[];
}

/** Serves a WSGI application of OpenStack. */
export function startUwsgi({ root, application, ...options }: UwsgiOptions): Promise<Service> {
  const { host } = new URL(options.url);
  return startService(
    [
      ...(root === null ? [] : ['chroot', root]),
      ...['uwsgi', '--plugin', 'python3', '--http-socket', host],
      ...application,
      ...['--master', '--processes', '1', '--lazy-apps', '--need-app', '--die-on-term', '--enable-threads'],
      // uwsgi's HTTP socket closes every connection; without this header clients may reuse a closed one.
      ...['--add-header', 'Connection: close', '--buffer-size', '65535'],
    ],
    options,
  );
}
