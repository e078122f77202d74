/**
 * The discovery calls as one GraphQL request sees them: each is made at most once a region, however many fields and aliases
 * ask, with the caller's token and the request's id. What fails is reported here, where the request id is known, and leaves
 * as a GraphQL error.
 */
import DataLoader from 'dataloader';
import type { Aged, AnswerOf, Answers, CallName } from '../glance/answers.ts';
import type { Access, FindAccess } from '../keystone/access.ts';
import type { CallerToken } from '../keystone/token.ts';
import { type CallRecord, createReport, type RequestReport, toTenths } from '../telemetry/report.ts';
import type { CallTracer } from '../upstream/client.ts';
import { watchDeadline } from '../upstream/deadlines.ts';
import type { Asking } from '../upstream/exchange.ts';
import { type Asked, UpstreamFailure } from '../upstream/failures.ts';
import { regionNotFoundError, toGraphQLError, unusableTokenError } from './errors.ts';
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
  askAll(calls: readonly WantedCall[]): Promise<AllAnswers | null>;
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

export interface DiscoveryOptions {
  readonly answers: Answers;
  readonly token: CallerToken;
  readonly requestId: string;
  /** Null where calls are not traced. */
  readonly tracer: CallTracer | null;
  readonly deadlines: Deadlines;
  /** Whether only answers will do that are asked for from now on. */
  readonly anew: boolean;
  readonly findAccess: FindAccess;
  readonly onFailure: (failure: UpstreamFailure) => void;
}

/** Of the token's digest, in the log: enough to tell callers apart, too few to be the digest. */
const CALLER_ID_CHARACTERS = 12;

/** By region id. */
type Loaders = { readonly [C in CallName]: DataLoader<string, AnswerOf[C]> };

export function createDiscovery(options: DiscoveryOptions): Discovery {
  const { answers, requestId, tracer, deadlines, anew } = options;
  const begun = performance.now();
  const token = options.token.kind === 'usable' ? options.token : null;
  const report = createReport(token?.digest.slice(0, CALLER_ID_CHARACTERS) ?? null);
  const asked: Asking<unknown>[] = [];
  let found: Promise<Access> | null = null;
  // Made when one is needed, as most requests come to need none.
  let made: Loaders | null = null;
  let receivedAt = Number.POSITIVE_INFINITY;
  let freshUntil = Number.POSITIVE_INFINITY;
  let failed = false;

  const access = () => {
    found ??= findAccess();
    return found;
  };

  async function findAccess(): Promise<Access> {
    if (options.token.kind === 'unusable') throw unusableTokenError(options.token.problem, requestId);
    const opened = await options.findAccess(token, { requestId, tracer }, anew).catch(translate);
    if (opened.insteadOf !== null) noteStale(opened.insteadOf, opened.receivedAt);
    return opened;
  }

  function noteStale(insteadOf: UpstreamFailure, from: number): void {
    failed = true;
    options.onFailure(insteadOf);
    const { call, region } = insteadOf.asked;
    report.stale.push({ call, region, age: Math.round((performance.now() - from) / 1000) });
  }

  function translate(error: unknown): never {
    failed = true;
    if (error instanceof UpstreamFailure) options.onFailure(error);
    throw toGraphQLError(error);
  }

  function ask<C extends CallName>(call: C, region: string, opened: Access): AnswerOf[C] | Promise<AnswerOf[C]> {
    const endpoint = opened.endpoints.get(region);
    if (endpoint === undefined) return Promise.reject(regionNotFoundError(region, opened, requestId));
    const { expiresAt } = opened;
    const deadlineMs = deadlineOf(call);
    const given = answers[call]({ region, endpoint, token, requestId, tracer, deadlineMs, expiresAt, anew });
    const record: CallRecord = { call, region, from: given.from };
    report.calls.push(record);
    if (given.from === 'kept') return take(given);
    asked.push(given);
    const begin = performance.now();
    const isInTime = given.endsBy <= begin + deadlineMs;
    const answer = isInTime
      ? given.answer
      : inTime(given.answer, deadlineMs, { service: 'image', call, region, requestId });
    return answer.then(
      (aged) => {
        record.ms = toTenths(performance.now() - begin);
        record.result = aged.insteadOf === null ? 200 : resultOf(aged.insteadOf);
        if (aged.isShared) record.from = 'store';
        if (aged.insteadOf !== null) {
          record.from = 'stale';
          noteStale(aged.insteadOf, aged.receivedAt);
        }
        return take(aged);
      },
      (error: unknown) => {
        record.ms = toTenths(performance.now() - begin);
        record.result = resultOf(error);
        return translate(error);
      },
    );
  }

  function deadlineOf(call: CallName): number {
    const left = Math.max(begun + deadlines.requestMs - performance.now(), 1);
    return Math.min(call === 'usage' ? deadlines.usageMs : deadlines.callMs, left);
  }

  function take<T>(answer: Aged<T>): T {
    receivedAt = Math.min(receivedAt, answer.receivedAt);
    freshUntil = Math.min(freshUntil, answer.freshUntil);
    return answer.value;
  }

  const loaderOf = <C extends CallName>(call: C) =>
    new DataLoader<string, AnswerOf[C]>((regions) =>
      settleAll(regions.map(async (region) => ask(call, region, await access()))),
    );

  const loaders = () => {
    made ??= {
      versions: loaderOf('versions'),
      importMethods: loaderOf('importMethods'),
      stores: loaderOf('stores'),
      storesDetail: loaderOf('storesDetail'),
      usage: loaderOf('usage'),
    };
    return made;
  };

  function prime<C extends CallName>(call: C, region: string, answer: AnswerOf[C] | Promise<AnswerOf[C]>): void {
    loaders()[call].prime(region, answer);
  }

  return {
    report,
    access,
    load: (call, region) => loaders()[call].load(region),
    async region(id) {
      const opened = await access().catch(() => null);
      if (opened === null) return { id: id ?? '' };
      const region = id ?? opened.defaultRegion;
      if (region === null || !opened.endpoints.has(region)) throw regionNotFoundError(region, opened, requestId);
      return { id: region };
    },
    async askAll(calls) {
      const opened = await access().catch(() => null);
      // Once is enough: what came is for `load` then.
      if (opened === null || failed) return null;
      const regionOf = ({ region }: WantedCall) => region ?? opened.defaultRegion ?? '';
      if (!calls.every((wanted) => opened.endpoints.has(regionOf(wanted)))) return null;
      const answered = calls.map((wanted) => ask(wanted.call, regionOf(wanted), opened));
      if (areAtHand(answered)) return { access: opened, answers: answered };
      const all = await Promise.all(answered).catch(() => null);
      if (all !== null && !failed) return { access: opened, answers: all };
      answered.forEach((answer, index) => {
        const wanted = calls[index];
        if (wanted !== undefined) prime(wanted.call, regionOf(wanted), answer);
      });
      return null;
    },
    freshness() {
      if (failed) return null;
      const now = performance.now();
      return { ageMs: Math.max(now - receivedAt, 0), leftMs: Math.max(freshUntil - now, 0) };
    },
    leave() {
      for (const asking of asked) asking.cancel();
    },
  };
}

/** DataLoader's contract: a value or an error for each key, so that one region's failure is no other's. */
function settleAll<T>(answers: readonly Promise<T>[]): Promise<(T | Error)[]> {
  return Promise.all(answers.map((answer) => answer.catch((error: Error) => error)));
}

function areAtHand<T>(answers: readonly (T | Promise<T>)[]): answers is readonly T[] {
  return !answers.some((answer) => answer instanceof Promise);
}

/** For a shared call, which has the deadline of who made it. */
function inTime<T>(answer: Promise<T>, deadlineMs: number, asked: Asked): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = {
      expire: () => reject(new UpstreamFailure(asked, { kind: 'late', deadlineMs: Math.round(deadlineMs) })),
    };
    const deadline = watchDeadline(late, deadlineMs);
    answer.then(resolve, reject).finally(() => deadline.delete(late));
  });
}

function resultOf(error: unknown): number | string {
  if (!(error instanceof UpstreamFailure)) return 'fault';
  return error.reason.kind === 'refused' ? error.reason.status : error.reason.kind;
}
