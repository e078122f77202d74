/** A cloud of two regions: two upstreams, and the catalogs that list them. */
import { replay } from './recorded.ts';
import { type Behaviour, type RecordingUpstream, startUpstream } from './recording-upstream.ts';

const GLANCE: Record<string, Behaviour> = {
  '/v2/info/import': replay('api-2.16-multistore-member.import'),
  '/v2/info/stores': replay('api-2.16-multistore-member.stores'),
  '/v2/info/usage': replay('api-2.16-multistore-member.usage'),
};
const SINGLE: Record<string, Behaviour> = {
  '/image/v2/info/import': replay('api-2.16-singlestore-admin.import'),
  '/image/v2/info/stores': replay('api-2.16-singlestore-admin.stores.accept-json'),
};

interface EndpointEntry {
  readonly region_id?: string | null;
  readonly url: string;
  readonly interface?: string;
}

export const imageService = (...endpoints: EndpointEntry[]) => ({
  type: 'image',
  name: 'glance',
  endpoints: endpoints.map((endpoint) => ({ interface: 'public', ...endpoint })),
});
export const PROJECT = { project: { id: 'p1', name: 'demo' } };
export const tokenWith = (catalog: unknown, scope: object = PROJECT, seconds = 3600) => ({
  token: {
    ...scope,
    expires_at: new Date(Date.now() + seconds * 1000).toISOString(),
    ...(catalog !== undefined && { catalog }),
  },
});

export interface TwoRegions extends AsyncDisposable {
  readonly one: RecordingUpstream;
  readonly two: RecordingUpstream;
}

export async function startRegions(): Promise<TwoRegions> {
  const [one, two] = [await startUpstream(GLANCE), await startUpstream(SINGLE)];
  return {
    one,
    two,
    async [Symbol.asyncDispose]() {
      await one[Symbol.asyncDispose]();
      await two[Symbol.asyncDispose]();
    },
  };
}

export const twoRegions = ({ one, two }: TwoRegions) => [
  { type: 'identity', endpoints: [{ interface: 'public', region_id: 'RegionThree', url: 'http://127.0.0.1:1' }] },
  imageService(
    { region_id: 'RegionTwo', url: `${two.url}/image/v2/` },
    { region_id: 'RegionOne', url: one.url },
    { region_id: 'RegionOne', url: 'http://127.0.0.1:1', interface: 'internal' },
  ),
];
