/**
 * What one request may cost, against a cloud of ten regions with fifty stores each: 250 ms of CPU, 2 MiB of response and 100 MB of
 * memory, whatever its document and variables. The slowest requests that were found stand here by name. `npm run fuzz` makes more runs.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grownOperations, type Request, times, tokens } from './grown-operations.ts';
import { ADMIN, REGIONS, REJECTED, STORES } from './large-cloud.ts';
import { type Measured, type MeasuredGateway, startMeasuredGateway } from './measured-gateway.ts';

const [MAX_CPU_MS, MAX_CHARACTERS, MAX_MEMORY_MB, MAX_HEALTH_MS] = [250, 2 * 1024 * 1024, 100, 250];
/** One is sent about ten times. */
const RUNS = Math.ceil(Number(process.env.FUZZ_RUNS ?? 150) / 5);
const SIZES = [100, 70, 45, 30, 20, 14, 10, 7, 4, 2, 1];
/** Other programs on the machine lengthen a measurement, so the shortest counts. */
const ATTEMPTS = 4;

let gateway: MeasuredGateway;
let sent = 0;
beforeAll(async () => {
  gateway = await startMeasuredGateway();
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  const rows = Object.entries(worst).map(
    ([figure, { value, request }]) => `${figure} ${Math.round(value)}: ${request}`,
  );
  process.stdout.write(`The worst of ${sent} requests:\n${rows.join('\n')}\n`);
});

/** The worst figures of all requests; docs/security.md has them. */
const NONE = { value: 0, request: '' };
const worst = { cpuMs: NONE, memoryMb: NONE, healthMs: NONE, characters: NONE };
function record(figures: Readonly<Record<keyof typeof worst, number>>, { query }: Request): void {
  const names = ['cpuMs', 'memoryMb', 'healthMs', 'characters'] as const;
  for (const name of names)
    if (figures[name] > worst[name].value) worst[name] = { value: figures[name], request: query.slice(0, 200) };
}

/** A new document each time, which is in no cache. */
function measureOnce({ query, variables }: Request, token: string): Promise<Measured> {
  sent += 1;
  return gateway.measure(JSON.stringify({ query: `${query} #${sent}`, variables }), token);
}

const isWithin = ({ cpuMs, memoryMb, healthMs }: Measured) =>
  cpuMs <= MAX_CPU_MS && memoryMb <= MAX_MEMORY_MB && healthMs <= MAX_HEALTH_MS;

async function expectBounded(request: Request, token: string): Promise<Measured> {
  let measured = await measureOnce(request, token);
  for (let attempt = 1; attempt < ATTEMPTS && !isWithin(measured); attempt += 1)
    measured = await measureOnce(request, token);
  const { status, text, cpuMs, memoryMb, healthMs } = measured;
  expect(isWithin(measured), JSON.stringify({ cpuMs, memoryMb, healthMs, query: request.query.slice(0, 500) })).toBe(
    true,
  );
  record({ cpuMs, memoryMb, healthMs, characters: text.length }, request);
  expect(text.length).toBeLessThanOrEqual(MAX_CHARACTERS);
  expect(status).toBeLessThan(500);
  expect(text).not.toContain('INTERNAL_SERVER_ERROR');
  return measured;
}

test('random operations that grow towards the limits stay within the bounds', {
  timeout: 60_000 + RUNS * 5000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(grownOperations, tokens, async (grow, token) => {
      for (const size of SIZES) {
        const request = grow(size);
        const { text } = await expectBounded(request, token);
        // Smaller ones cost less.
        if (text.startsWith('{"data"') || !/the limit is|Parsing aborted/.test(text)) break;
      }
    }),
    { numRuns: RUNS },
  );
});

const entities = (selection: string) => `query($r:[_Any!]!){_entities(representations:$r){${selection}}}`;
const list = (length: number, item: (index: number) => unknown) => Array.from({ length }, (_, index) => item(index));
const region = (index: number) => ({ __typename: 'Region', id: REGIONS[index % 10] });
const store = (index: number) => ({
  __typename: 'ImageStore',
  id: STORES[index % 50],
  region: { id: REGIONS[Math.floor(index / 50) % 10] },
});
const aliases = (count: number, field: string) => times(count, (index) => `a${index}:${field}`);
const DETAIL = 'id description default readOnly type weight properties{raw}';
const doubled = (levels: number) =>
  `{info{...F${levels}}} fragment F0 on Info{stores{id}} ${times(levels, (index) => `fragment F${index + 1} on Info{...F${index} ...F${index}}`)}`;

describe('is bounded, and returns data:', () => {
  test.each<[string, string, unknown?, string?]>([
    [
      'everything of 500 stores',
      `{imageRegions{id info{stores{id description detail{${DETAIL}}} storesDetail{${DETAIL}}}}}`,
    ],
    ['the detail of 900 stores', entities(`...on ImageStore{id description detail{${DETAIL}}}`), list(900, store)],
    [
      '30 details of 80 stores',
      entities(`...on ImageStore{${aliases(30, 'detail{properties{raw}}')}}`),
      list(80, store),
    ],
    [
      'a detail of 900 stores, each rejected',
      entities('...on ImageStore{a:detail{id} b:detail{id}}'),
      list(900, store),
      REJECTED,
    ],
    ['28 regions of 900 stores', entities(`...on ImageStore{region{${aliases(28, 'id')}}}`), list(900, store)],
    ['28 regions of 500 stores', `{imageRegions{info{stores{${aliases(28, 'region{id}')}}}}}`],
    ['28 settings of 500 stores', `{imageRegions{info{storesDetail{${aliases(28, 'properties{raw}')}}}}}`],
    [
      '57 inline fragments of 500 details',
      `{imageRegions{info{storesDetail{${times(57, (index) => `...on ImageStoreDetail{a${index}:type}`)}}}}}`,
    ],
    [
      '57 fragments of 500 details',
      `{imageRegions{info{storesDetail{${times(57, (index) => `...F${index}`)}}}}} ${times(57, (index) => `fragment F${index} on ImageStoreDetail{a${index}:type}`)}`,
    ],
    ['80 times the SDL', `{${aliases(20, `_service{${aliases(4, 'sdl')}}`)}}`],
    [
      '5 availabilities of 1000 regions',
      entities(`...on Region{info{availability{${aliases(5, 'stores')}}}}`),
      list(1000, region),
    ],
    [
      '4 calls of 1000 regions, each rejected',
      entities(`...on Region{info{${aliases(4, 'importMethods{type}')}}}`),
      list(1000, region),
      REJECTED,
    ],
    [
      '2 usages of 1000 regions, each rejected',
      entities(`...on Region{info{${aliases(2, 'usage{enabled}')}}}`),
      list(1000, region),
      REJECTED,
    ],
    ['introspection of every field, 98 times', `{__schema{types{fields{${aliases(98, 'description')}}}}}`],
    ['1000 malformed representations', entities('__typename'), list(1000, () => 1)],
    ['248 equal fields', `{info{${'stores{id} '.repeat(248)}}}`],
    ['a comment of 90 kB', `{info{stores{id}}} #${'x'.repeat(90_000)}`],
  ])('%s', { timeout: 60_000 }, async (_title, query, r, token = ADMIN) => {
    const { text } = await expectBounded({ query, variables: r === undefined ? {} : { r } }, token);
    expect(JSON.parse(text).data).toBeTypeOf('object');
  });
});

describe('is bounded, and rejected:', () => {
  test.each<[string, string, unknown?]>([
    [
      '900 stores with 30 details',
      entities(`...on ImageStore{${aliases(30, 'detail{properties{raw}}')}}`),
      list(900, store),
    ],
    [
      '20 fields of 4000 malformed representations',
      `query($r:[_Any!]!){${aliases(20, '_entities(representations:$r){__typename}')}}`,
      list(4000, () => 1),
    ],
    ['12,000 nulls as representations', entities('__typename'), list(12_000, () => null)],
    ['`info` beneath `info`', '{info{stores{region{info{stores{region{info{stores{id}}}}}}}}}'],
    ['fragments that double 60 times', doubled(60)],
    ['fragments that spread each other', '{info{...A}} fragment A on Info{...B ...B} fragment B on Info{...A ...A}'],
    ['1900 equal leaves', `{info{stores{${'id '.repeat(1900)}}}}`],
    [
      '18 fields of 90 representations in a variable named like a method',
      `query($toString:[_Any!]!=[${times(90, (index) => `{__typename:"ImageStore",id:"${STORES[index % 50]}",region:{id:"${REGIONS[index % 10]}"}}`)}]){${aliases(18, '_entities(representations:$toString){...on ImageStore{detail{properties{raw}}}}')}}`,
    ],
    ['450 equal fields', `{info{${'stores{id} '.repeat(450)}}}`],
    ['1900 unknown fields', `{info{${aliases(900, 'unknown')}}}`],
    ['98 nested introspections', `{__schema{types{${aliases(98, 'fields{type{fields{name}}}')}}}}`],
    ['a list of 30,000 as a region id', 'query($r:ID){info(region:$r){__typename}}', list(30_000, () => 1)],
  ])('%s', { timeout: 60_000 }, async (_title, query, r) => {
    const { text } = await expectBounded({ query, variables: r === undefined ? {} : { r } }, ADMIN);
    const { data, errors } = JSON.parse(text);
    expect([data, errors.length > 0]).toEqual([undefined, true]);
  });
});
