import { formatBytes } from './amounts.ts';
import { Breakable } from './breakable.tsx';

const NAMES: Readonly<Record<string, string>> = {
  chunk_size: 'Chunk size',
  container: 'Container',
  data_dir: 'Directory',
  fsid: 'Ceph cluster',
  large_object_chunk_size: 'Size of an object',
  large_object_size: 'Split from',
  pool: 'Pool',
  s3_store_large_object_chunk_size: 'Size of a part',
  s3_store_large_object_size: 'Multipart upload from',
  s3_store_thread_pools: 'Upload threads',
  thin_provisioning: 'Thin provisioning',
  use_multipath: 'Multipath',
  volume_type: 'Volume type',
};

export interface StoreSettingsProps {
  /** As Glance sends them; settings that this page does not know keep their names. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export function StoreSettings({ raw }: StoreSettingsProps) {
  return (
    <dl className="settings">
      {Object.entries(raw).map(([key, value]) => (
        <div key={key}>
          <dt>{NAMES[key] ?? <code>{key}</code>}</dt>
          <dd>
            <Breakable text={formatSetting(key, value)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function formatSetting(key: string, value: unknown): string {
  if (value === null) return key === 'volume_type' ? 'Cinder’s default' : 'not set';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return key.endsWith('_size') ? formatBytes(value) : value.toLocaleString('en');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
