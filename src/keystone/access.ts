import type { Endpoint } from '../glance/endpoint.ts';

/** What a token was issued for. */
export type TokenScope = 'PROJECT' | 'DOMAIN' | 'SYSTEM' | 'UNSCOPED' | 'UNKNOWN';

/** What a caller's token opens: the regions with an Image service, and whose figures it shows. */
export interface Access {
  /** Region id -> Image endpoint, the default region first. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly defaultRegion: string;
  readonly scope: TokenScope;
  readonly projectId: string | null;
}
