import type { Discovery } from './discovery.ts';

/** What resolvers are given: all of it belongs to one request of one caller. */
export interface GatewayContext {
  readonly requestId: string;
  readonly discovery: Discovery;
  /** Reports a fault of ours; the caller gets a masked error and the request id. */
  readonly reportFault: (error: Error) => void;
}
