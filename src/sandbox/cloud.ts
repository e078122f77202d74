/** The data of the sandbox's Glance, in the format of the responses of Glance 33 (2026.2). */
import type { JsonObject } from '../openstack/json.ts';

export type Role = 'admin' | 'member';

export interface SandboxCloud {
  readonly importMethods: readonly string[];
  /** The stores in the format of `stores/detail`; null for a cloud with a single store. */
  readonly stores: readonly SandboxStore[] | null;
  /** Null when the cloud enforces no quotas. */
  readonly quotas: JsonObject | null;
  /** Whether a store's driver does not load, which fails `stores/detail` as a whole. */
  readonly driverBroken: boolean;
}

export interface SandboxStore extends JsonObject {
  readonly id: string;
}

/** The keys of a store that only `stores/detail` has. */
export const DETAIL_KEYS: readonly string[] = ['type', 'properties', 'weight'];

export const SANDBOX_ADMIN_TOKEN = 'sandbox-admin';
export const SANDBOX_MEMBER_TOKEN = 'sandbox-member';

export const SANDBOX_ROLES: ReadonlyMap<string, Role> = new Map([
  [SANDBOX_ADMIN_TOKEN, 'admin'],
  [SANDBOX_MEMBER_TOKEN, 'member'],
]);

/** A store of every type, a quota near its limit and an unlimited one. */
export const DEMO_CLOUD: SandboxCloud = {
  importMethods: ['glance-direct', 'web-download', 'copy-image', 'glance-download'],
  stores: [
    {
      id: 'ceph',
      description: 'Ceph, three copies',
      default: 'true',
      type: 'rbd',
      properties: {
        chunk_size: 8388608,
        pool: 'images',
        thin_provisioning: true,
        fsid: '5f1c3d7e-2b64-4a51-9b0e-6d2f8f3b1c90',
      },
      weight: 300,
    },
    {
      id: 'local',
      description: 'NVMe, single copy',
      type: 'file',
      properties: { data_dir: '/var/lib/glance/images', chunk_size: 65536, thin_provisioning: false },
      weight: 200,
    },
    {
      id: 'volumes',
      description: 'Images as volumes',
      type: 'cinder',
      properties: { volume_type: null, use_multipath: false },
      weight: 100,
    },
    {
      id: 'objects',
      description: 'Object storage, two regions',
      type: 'swift',
      properties: { container: 'glance', large_object_size: 5242880000, large_object_chunk_size: 209715200 },
      weight: 50,
    },
    {
      id: 'bucket',
      type: 's3',
      properties: {
        s3_store_large_object_size: 104857600,
        s3_store_large_object_chunk_size: 10485760,
        s3_store_thread_pools: 10,
      },
      weight: 50,
    },
    { id: 'mirror', description: 'Read-only web mirror', 'read-only': 'true', type: 'http', properties: {}, weight: 0 },
  ],
  quotas: {
    image_size_total: { usage: 478208, limit: 512000 },
    image_stage_total: { usage: 0, limit: 102400 },
    image_count_total: { usage: 42, limit: 100 },
    image_count_uploading: { usage: 1, limit: -1 },
  },
  driverBroken: false,
};
