/** The discovery calls as one GraphQL request sees them. */
import type { AnswerOf, CallName } from '../glance/answers.ts';
import type { Access } from '../keystone/access.ts';
import type { RequestReport } from '../telemetry/report.ts';
import type { RegionRef } from './region.ts';

export interface Discovery {
  /** What the request comes to; the calls are entered here. */
  readonly report: RequestReport;
  /**
   * What a call answers in a region.
   *
   * @throws GraphQLError (as a rejection) whatever goes wrong
   */
  load<C extends CallName>(call: C, region: string): Promise<AnswerOf[C]>;
  /** What the caller's token opens. */
  access(): Promise<Access>;
  /**
   * The region of that id, or the default one for null. When what the token opens can't be found out, the region is taken as
   * named, so that each field says why it fails, and `availability` too.
   *
   * @throws GraphQLError `REGION_NOT_FOUND`
   */
  region(id: string | null): Promise<RegionRef>;
  /**
   * The answers of all these calls, in their order. Null when any can't be had, or is stale: `load` then has what came, and
   * tells why the rest did not.
   */
  askAll(calls: readonly WantedCall[]): AllAnswers | null | Promise<AllAnswers | null>;
  /** How long the answers so far may be used again. */
  freshness(): Freshness;
  /** The caller is gone: ends the calls that nobody else waits for. */
  leave(): void;
}

export interface WantedCall {
  readonly call: CallName;
  /** Null for the default region. */
  readonly region: string | null;
}

export interface AllAnswers {
  readonly access: Access;
  readonly answers: readonly AnswerOf[CallName][];
}

/** Null when a call failed, though an older answer may serve; else the age of the oldest answer and what is left to the one that runs out first, in ms. */
export type Freshness = { readonly ageMs: number; readonly leftMs: number } | null;

/** In milliseconds. */
export interface Deadlines {
  /** For each call, but the usage's. */
  readonly callMs: number;
  readonly usageMs: number;
  /** For the whole request; a call that begins late has only what is left of it. */
  readonly requestMs: number;
}
