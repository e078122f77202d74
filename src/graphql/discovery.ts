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
import { type Asking, answerTo, type Receiver } from '../upstream/asking.ts';
import { UpstreamFailure } from '../upstream/failures.ts';
import type { CallTracer } from '../upstream/question.ts';
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
  const asked: Asking[] = [];
  let found: Access | Promise<Access> | null = null;
  // Made when one is needed, as most requests come to need none.
  let made: Loaders | null = null;
  let receivedAt = Number.POSITIVE_INFINITY;
  let freshUntil = Number.POSITIVE_INFINITY;
  let failed = false;

  function access(): Access | Promise<Access> {
    found ??= findAccess();
    return found;
  }

  function findAccess(): Access | Promise<Access> {
    if (options.token.kind === 'unusable') return Promise.reject(unusableTokenError(options.token.problem, requestId));
    const opened = options.findAccess(token, { requestId, tracer }, anew);
    return opened instanceof Promise ? opened.then(noteAccess, translate) : noteAccess(opened);
  }

  function noteAccess(opened: Access): Access {
    if (opened.insteadOf !== null) noteStale(opened.insteadOf, opened.receivedAt);
    return opened;
  }

  function noteStale(insteadOf: UpstreamFailure, from: number): void {
    failed = true;
    options.onFailure(insteadOf);
    const { call, region } = insteadOf.asked;
    report.stale.push({ call, region, age: Math.round((performance.now() - from) / 1000) });
  }

  function noteFailure(error: unknown): Error {
    failed = true;
    if (error instanceof UpstreamFailure) options.onFailure(error);
    return toGraphQLError(error);
  }

  function translate(error: unknown): never {
    throw noteFailure(error);
  }

  function ask<C extends CallName>(call: C, region: string, opened: Access, receiver: Receiver<AnswerOf[C]>): void {
    const endpoint = opened.endpoints.get(region);
    if (endpoint === undefined) {
      receiver.onFailure(regionNotFoundError(region, opened, requestId));
      return;
    }
    const { expiresAt } = opened;
    const deadlineMs = deadlineOf(call);
    const record: CallRecord = { call, region, from: 'upstream' };
    report.calls.push(record);
    const begin = performance.now();
    const end = (result: number | string) => {
      record.ms = toTenths(performance.now() - begin);
      record.result = result;
    };
    const given = answers[call](
      { region, endpoint, token, requestId, tracer, deadlineMs, expiresAt, anew },
      {
        onAnswer(aged) {
          end(aged.insteadOf === null ? 200 : resultOf(aged.insteadOf));
          if (aged.isShared) record.from = 'store';
          if (aged.insteadOf !== null) {
            record.from = 'stale';
            noteStale(aged.insteadOf, aged.receivedAt);
          }
          receiver.onAnswer(take(aged));
        },
        onFailure(failure) {
          end(resultOf(failure));
          receiver.onFailure(noteFailure(failure));
        },
      },
    );
    record.from = given.from;
    if (given.from === 'kept') receiver.onAnswer(take(given));
    else asked.push(given.asking);
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
      settleAll(
        regions.map(async (region) => {
          const opened = await access();
          return answerTo<AnswerOf[C]>((receiver) => ask(call, region, opened, receiver));
        }),
      ),
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

  const regionOf = ({ region }: WantedCall, opened: Access) => region ?? opened.defaultRegion ?? '';

  function askAll(calls: readonly WantedCall[], opened: Access): AllAnswers | null | Promise<AllAnswers | null> {
    // Once is enough: what came is for `load` then.
    if (failed || !calls.every((wanted) => opened.endpoints.has(regionOf(wanted, opened)))) return null;
    const outcomes: (AnswerOf[CallName] | Error)[] = [];
    const conclude = () => {
      if (!failed) return { access: opened, answers: outcomes.filter(isAnswer) };
      calls.forEach((wanted, index) => {
        const outcome = outcomes[index];
        if (outcome !== undefined) prime(wanted.call, regionOf(wanted, opened), outcome);
      });
      return null;
    };
    let missing = calls.length;
    let arrive = () => {};
    calls.forEach((wanted, index) => {
      const land = (outcome: AnswerOf[CallName] | Error) => {
        outcomes[index] = outcome;
        missing -= 1;
        if (missing === 0) arrive();
      };
      ask(wanted.call, regionOf(wanted, opened), opened, { onAnswer: land, onFailure: land });
    });
    if (missing === 0) return conclude();
    return new Promise((resolve) => {
      arrive = () => resolve(conclude());
    });
  }

  function prime<C extends CallName>(call: C, region: string, outcome: AnswerOf[C] | Error): void {
    loaders()[call].prime(region, outcome);
  }

  return {
    report,
    access: async () => access(),
    load: (call, region) => loaders()[call].load(region),
    async region(id) {
      const opened = await Promise.resolve(access()).catch(() => null);
      if (opened === null) return { id: id ?? '' };
      const region = id ?? opened.defaultRegion;
      if (region === null || !opened.endpoints.has(region)) throw regionNotFoundError(region, opened, requestId);
      return { id: region };
    },
    askAll(calls) {
      const opened = access();
      if (!(opened instanceof Promise)) return askAll(calls, opened);
      return opened.then(
        (access) => askAll(calls, access),
        () => null,
      );
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

function isAnswer(outcome: AnswerOf[CallName] | Error): outcome is AnswerOf[CallName] {
  return !(outcome instanceof Error);
}

function resultOf(error: unknown): number | string {
  if (!(error instanceof UpstreamFailure)) return 'fault';
  return error.reason.kind === 'refused' ? error.reason.status : error.reason.kind;
}
