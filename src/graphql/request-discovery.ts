/**
 * Makes the discovery calls of one GraphQL request: each at most once a region, however many fields and aliases ask, with the
 * caller's token and the request's id. What fails is reported here, where the request id is known, and leaves as a GraphQL error.
 */
import DataLoader from 'dataloader';
import type { Aged, AnswerOf, Answers, CallName } from '../glance/answers.ts';
import type { Access, FindAccess } from '../keystone/access.ts';
import type { CallerToken, Token } from '../keystone/token.ts';
import { type CallRecord, createReport, type RequestReport, toTenths } from '../telemetry/report.ts';
import { type Asking, answerTo, type Receiver } from '../upstream/asking.ts';
import { UpstreamFailure } from '../upstream/failures.ts';
import type { CallTracer } from '../upstream/question.ts';
import type { AllAnswers, Deadlines, Discovery, Freshness, WantedCall } from './discovery.ts';
import { regionNotFoundError, toGraphQLError, unusableTokenError } from './errors.ts';
import type { RegionRef } from './region.ts';

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
  readonly onFailure: (failure: UpstreamFailure, requestId: string) => void;
}

/** Of the token's digest, in the log: enough to tell callers apart, too few to be the digest. */
const CALLER_ID_CHARACTERS = 12;

/** By region id. */
type Loaders = { readonly [C in CallName]: DataLoader<string, AnswerOf[C]> };

export function createDiscovery(options: DiscoveryOptions): Discovery {
  return new RequestDiscovery(options);
}

/** A class, as one is made for each request: methods are there once, closures would be made anew. */
class RequestDiscovery implements Discovery {
  readonly report: RequestReport;
  readonly #options: DiscoveryOptions;
  readonly #token: Token | null;
  readonly #begun = performance.now();
  readonly #asked: Asking[] = [];
  #access: Access | Promise<Access> | null = null;
  // Made when one is needed, as most requests come to need none.
  #loaders: Loaders | null = null;
  #receivedAt = Number.POSITIVE_INFINITY;
  #freshUntil = Number.POSITIVE_INFINITY;
  #failed = false;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#token = options.token.kind === 'usable' ? options.token : null;
    this.report = createReport(this.#token?.digest.slice(0, CALLER_ID_CHARACTERS) ?? null);
  }

  async access(): Promise<Access> {
    return this.#openedAccess();
  }

  #openedAccess(): Access | Promise<Access> {
    this.#access ??= this.#findAccess();
    return this.#access;
  }

  #findAccess(): Access | Promise<Access> {
    const { token, requestId, tracer, anew, findAccess } = this.#options;
    if (token.kind === 'unusable') return Promise.reject(unusableTokenError(token.problem, requestId));
    const opened = findAccess(this.#token, { requestId, tracer }, anew);
    if (!(opened instanceof Promise)) return this.#noteAccess(opened);
    return opened.then(
      (access) => this.#noteAccess(access),
      (failure) => Promise.reject(this.#noteFailure(failure)),
    );
  }

  #noteAccess(opened: Access): Access {
    if (opened.insteadOf !== null) this.#noteStale(opened.insteadOf, opened.receivedAt);
    return opened;
  }

  #noteStale(insteadOf: UpstreamFailure, from: number): void {
    this.#noteFailure(insteadOf);
    const { call, region } = insteadOf.asked;
    this.report.stale.push({ call, region, age: Math.round((performance.now() - from) / 1000) });
  }

  #noteFailure(error: unknown): Error {
    this.#failed = true;
    if (error instanceof UpstreamFailure) this.#options.onFailure(error, this.#options.requestId);
    return toGraphQLError(error);
  }

  async region(id: string | null): Promise<RegionRef> {
    const opened = await this.access().catch(() => null);
    if (opened === null) return { id: id ?? '' };
    const region = id ?? opened.defaultRegion;
    if (region === null || !opened.endpoints.has(region))
      throw regionNotFoundError(region, opened, this.#options.requestId);
    return { id: region };
  }

  #ask<C extends CallName>(call: C, region: string, opened: Access, receiver: Receiver<AnswerOf[C]>): void {
    const { answers, requestId, tracer, anew } = this.#options;
    const endpoint = opened.endpoints.get(region);
    if (endpoint === undefined) {
      receiver.onFailure(regionNotFoundError(region, opened, requestId));
      return;
    }
    const { expiresAt } = opened;
    const askedAt = performance.now();
    const deadlineMs = this.#deadlineOf(call, askedAt);
    const record: CallRecord = { call, region, from: 'upstream' };
    this.report.calls.push(record);
    const given = answers[call](
      { region, endpoint, token: this.#token, requestId, tracer, askedAt, deadlineMs, expiresAt, anew },
      {
        onAnswer: (aged) => {
          record.ms = toTenths(performance.now() - askedAt);
          record.result = aged.insteadOf === null ? 200 : resultOf(aged.insteadOf);
          if (aged.isShared) record.from = 'store';
          if (aged.insteadOf !== null) {
            record.from = 'stale';
            this.#noteStale(aged.insteadOf, aged.receivedAt);
          }
          receiver.onAnswer(this.#take(aged));
        },
        onFailure: (failure) => {
          record.ms = toTenths(performance.now() - askedAt);
          record.result = resultOf(failure);
          receiver.onFailure(this.#noteFailure(failure));
        },
      },
    );
    // It may be answered already, by an older answer where the upstream is not even asked.
    if (record.result === undefined) record.from = given.from;
    if (given.from === 'kept') receiver.onAnswer(this.#take(given));
    else this.#asked.push(given.asking);
  }

  #deadlineOf(call: CallName, now: number): number {
    const { callMs, usageMs, requestMs } = this.#options.deadlines;
    return Math.min(call === 'usage' ? usageMs : callMs, Math.max(this.#begun + requestMs - now, 1));
  }

  #take<T>(answer: Aged<T>): T {
    this.#receivedAt = Math.min(this.#receivedAt, answer.receivedAt);
    this.#freshUntil = Math.min(this.#freshUntil, answer.freshUntil);
    return answer.value;
  }

  load<C extends CallName>(call: C, region: string): Promise<AnswerOf[C]> {
    return this.#loadersMade()[call].load(region);
  }

  #loadersMade(): Loaders {
    this.#loaders ??= {
      versions: this.#loaderOf('versions'),
      importMethods: this.#loaderOf('importMethods'),
      stores: this.#loaderOf('stores'),
      storesDetail: this.#loaderOf('storesDetail'),
      usage: this.#loaderOf('usage'),
    };
    return this.#loaders;
  }

  #loaderOf<C extends CallName>(call: C): DataLoader<string, AnswerOf[C]> {
    return new DataLoader((regions) =>
      settleAll(
        regions.map(async (region) => {
          const opened = await this.#openedAccess();
          return answerTo<AnswerOf[C]>((receiver) => this.#ask(call, region, opened, receiver));
        }),
      ),
    );
  }

  #prime<C extends CallName>(call: C, region: string, outcome: AnswerOf[C] | Error): void {
    this.#loadersMade()[call].prime(region, outcome);
  }

  askAll(calls: readonly WantedCall[]): AllAnswers | null | Promise<AllAnswers | null> {
    const opened = this.#openedAccess();
    if (!(opened instanceof Promise)) return this.#askAll(calls, opened);
    return opened.then(
      (access) => this.#askAll(calls, access),
      () => null,
    );
  }

  #askAll(calls: readonly WantedCall[], access: Access): AllAnswers | null | Promise<AllAnswers | null> {
    // Once is enough: what came is for `load` then.
    if (this.#failed || !calls.every((wanted) => access.endpoints.has(regionOf(wanted, access)))) return null;
    const outcomes: Outcome[] = [];
    let missing = calls.length;
    let arrive = () => {};
    calls.forEach((wanted, index) => {
      const land = (outcome: Outcome) => {
        outcomes[index] = outcome;
        missing -= 1;
        if (missing === 0) arrive();
      };
      this.#ask(wanted.call, regionOf(wanted, access), access, { onAnswer: land, onFailure: land });
    });
    if (missing === 0) return this.#conclude(calls, access, outcomes);
    const arrival = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    return arrival.then(() => this.#conclude(calls, access, outcomes));
  }

  #conclude(calls: readonly WantedCall[], access: Access, outcomes: readonly Outcome[]): AllAnswers | null {
    if (!this.#failed) return { access, answers: outcomes.filter(isAnswer) };
    calls.forEach((wanted, index) => {
      const outcome = outcomes[index];
      if (outcome !== undefined) this.#prime(wanted.call, regionOf(wanted, access), outcome);
    });
    return null;
  }

  freshness(): Freshness {
    if (this.#failed) return null;
    const now = performance.now();
    return { ageMs: Math.max(now - this.#receivedAt, 0), leftMs: Math.max(this.#freshUntil - now, 0) };
  }

  leave(): void {
    for (const asking of this.#asked) asking.cancel();
  }
}

type Outcome = AnswerOf[CallName] | Error;

function isAnswer(outcome: Outcome): outcome is AnswerOf[CallName] {
  return !(outcome instanceof Error);
}

const regionOf = ({ region }: WantedCall, { defaultRegion }: Access) => region ?? defaultRegion ?? '';

/** DataLoader's contract: a value or an error for each key, so that one region's failure is no other's. */
function settleAll<T>(answers: readonly Promise<T>[]): Promise<(T | Error)[]> {
  return Promise.all(answers.map((answer) => answer.catch((error: Error) => error)));
}

function resultOf(error: unknown): number | string {
  if (!(error instanceof UpstreamFailure)) return 'fault';
  return error.reason.kind === 'refused' ? error.reason.status : error.reason.kind;
}
