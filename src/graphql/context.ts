import type { OperationState } from './fast-path/operation-cache.ts';
import type { RequestData } from './request-data.ts';

/** The context value of resolvers and plugins. It belongs to one request of one caller. */
export interface GatewayContext {
  readonly data: RequestData;
  /** What the fast path needs of the operation. Apollo Server clones the context, but not this object. */
  readonly operation: OperationState;
  /** Logs an internal error; the caller gets a masked error with the request id. */
  readonly reportError: (error: Error) => void;
}
