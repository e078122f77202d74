/** A large cloud: Keystone, and ten regions with fifty stores each. Glance rejects every call of the token `rejected-caller`. */
import {
  type Behaviour,
  type RecordingUpstream,
  reply,
  startUpstream,
  tokenIn,
  tokenInfo,
} from '../recording-upstream.ts';

export const REGIONS = Array.from({ length: 10 }, (_, index) => `Region${index}`);
export const STORES = Array.from({ length: 50 }, (_, index) => `store-${index}`);
export const [ADMIN, REJECTED] = ['admin-caller', 'rejected-caller'];

const stores = STORES.map((id) => ({
  id,
  description: `Images of ${id}`,
  default: id === 'store-0' ? 'true' : 'false',
}));
const properties = {
  pool: 'images',
  chunk_size: 8_388_608,
  thin_provisioning: false,
  fsid: '7f8c0b0a-0c9b-4d7e-9e5d-3d6b',
};
const quota = { usage: 12, limit: 1000 };

const CALLS: Readonly<Record<string, unknown>> = {
  '/versions': { versions: Array.from({ length: 20 }, (_, index) => ({ id: `v2.${index}`, status: 'SUPPORTED' })) },
  '/v2/info/import': {
    'import-methods': { description: 'Methods', type: 'array', value: ['glance-direct', 'web-download'] },
  },
  '/v2/info/stores': { stores },
  '/v2/info/stores/detail': { stores: stores.map((store) => ({ ...store, type: 'rbd', weight: 1, properties })) },
  '/v2/info/usage': {
    usage: Object.fromEntries(
      ['image_size_total', 'image_stage_total', 'image_count_total', 'image_count_uploading'].map((name) => [
        name,
        quota,
      ]),
    ),
  },
};

export function startLargeCloud(): Promise<RecordingUpstream> {
  const respond: Behaviour = (request, response) => {
    const { url = '', headers } = request;
    if (url === '/v3/auth/tokens') {
      const endpoints = Object.fromEntries(REGIONS.map((id) => [id, `http://${headers.host}/${id}`]));
      reply(200, tokenInfo(endpoints))(request, response);
      return;
    }
    const call = CALLS[url.replace(/^\/Region\d/, '')];
    if (tokenIn(request) === REJECTED) reply(403, { message: 'Rejected.' })(request, response);
    else reply(call === undefined ? 404 : 200, call ?? {})(request, response);
  };
  return startUpstream(respond);
}
