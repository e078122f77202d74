/** What traces and metrics have in common on their way to an OpenTelemetry collector. Loaded only when one is configured. */
import { randomUUID } from 'node:crypto';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources';

export interface OtlpOptions {
  /** Where the signal is sent, for example `http://127.0.0.1:4318/v1/traces`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The attributes of the process, beside its version and an id of the instance. */
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly version: string;
  /** Called when the collector accepts data for the first time, and then at each change. */
  readonly onReachable: (isReachable: boolean, cause?: Error) => void;
}

/** In milliseconds. A slow collector delays no request. */
export const EXPORT_TIMEOUT_MS = 5000;
const SHUTDOWN_TIMEOUT_MS = 2000;

/** Traces and metrics of a process have the same id. */
const instanceId = randomUUID();

export function createResource({ resourceAttributes, version }: OtlpOptions): Resource {
  return defaultResource().merge(
    resourceFromAttributes({
      'service.version': version,
      'service.instance.id': instanceId,
      ...resourceAttributes,
    }),
  );
}

interface Exporter<Data> {
  export(data: Data, callback: (result: ExportResult) => void): void;
}

/** The exporter itself, which from now on reports whether the collector accepts what it sends. */
export function reportTo<Data, E extends Exporter<Data>>(onReachable: OtlpOptions['onReachable'], exporter: E): E {
  let wasReachable: boolean | null = null;
  const send = exporter.export.bind(exporter);
  exporter.export = (data, callback) =>
    send(data, (result) => {
      const isReachable = result.code === ExportResultCode.SUCCESS;
      if (isReachable !== wasReachable) onReachable(isReachable, result.error);
      wasReachable = isReachable;
      callback(result);
    });
  return exporter;
}

/** A collector that does not respond must not keep the process from exiting. */
export async function withinShutdownTime(shutdown: Promise<void>): Promise<void> {
  const timeout = new Promise<void>((resolve) => setTimeout(resolve, SHUTDOWN_TIMEOUT_MS).unref());
  // The reason was reported when the export failed.
  await Promise.race([shutdown.catch(() => {}), timeout]);
}
