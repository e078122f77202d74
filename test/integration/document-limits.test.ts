/** The exact bounds of documents and variables, and region ids that are not strings. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';

const token = 'sandbox-member';
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const repeat = (count: number, text: string) => Array(count).fill(text).join(' ');

describe('directives', () => {
  const onSpreads = (count: number) =>
    `{info{${repeat(count, '...F @include(if: true)')}}} fragment F on Info { __typename }`;
  const inSpreads = (count: number) =>
    `{info{${repeat(count / 2, '...F')}}} fragment F on Info { __typename @skip(if: false) @include(if: true) }`;
  const onInline = (count: number) => `{info{${repeat(count, '... @include(if: true) { __typename }')}}}`;

  test.each([
    ['on fragment spreads', onSpreads],
    ['in fragments, each time that they are spread', inSpreads],
    ['on inline fragments', onInline],
  ])('%s are counted', async (_title, document) => {
    expect((await gateway.query(document(50), { token })).errors).toEqual([]);
    const { data, errors } = await gateway.query(document(52), { token });
    expect(data).toBeNull();
    expect(errors[0]?.message).toMatch(/\b52\b.*\b50\b/);
  });
});

describe('variables', () => {
  const QUERY = 'query($region: ID) { info(region: $region) { __typename stores { id } } }';
  /** Variables of exactly so many characters as JSON. */
  const sized = (characters: number) => ({ region: 'x'.repeat(characters - '{"region":""}'.length) });

  test('of exactly 65,536 characters are accepted, and one more is not', async () => {
    for (let time = 0; time < 2; time += 1) {
      const most = await gateway.query(QUERY, { token, variables: sized(65_536) });
      expect(most.errors).toMatchObject([{ extensions: { code: 'REGION_NOT_FOUND' } }]);
      const more = await gateway.query(QUERY, { token, variables: sized(65_537) });
      expect(more.data).toBeNull();
      expect(more.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(more.errors[0]?.message).toMatch(/65537.*65536/);
    }
  });
});

describe('a region id that is not a string', () => {
  const QUERY = 'query($region: ID) { info(region: $region) { stores { id } } }';

  test.each([
    ['a whole number is the id of its digits', 5, 'REGION_NOT_FOUND'],
    ['a fraction', 1.5, 'BAD_USER_INPUT'],
    ['a boolean', true, 'BAD_USER_INPUT'],
    ['a list', ['RegionOne'], 'BAD_USER_INPUT'],
    ['an object', { id: 'RegionOne' }, 'BAD_USER_INPUT'],
  ])('%s, as a variable', async (_title, region, code) => {
    for (let time = 0; time < 2; time += 1) {
      const { data, errors } = await gateway.query(QUERY, { token, variables: { region } });
      expect([data, errors.map(({ extensions }) => extensions.code)]).toEqual([null, [code]]);
    }
    if (code === 'REGION_NOT_FOUND')
      expect((await gateway.query(QUERY, { token, variables: { region } })).errors[0]?.message).toContain('"5"');
  });

  test.each([
    ['5', 'REGION_NOT_FOUND'],
    ['1.5', 'GRAPHQL_VALIDATION_FAILED'],
    ['true', 'GRAPHQL_VALIDATION_FAILED'],
    ['RegionOne', 'GRAPHQL_VALIDATION_FAILED'],
    ['["RegionOne"]', 'GRAPHQL_VALIDATION_FAILED'],
  ])('%s, as a constant', async (region, code) => {
    const { data, errors } = await gateway.query(`{info(region: ${region}){stores{id}}}`, { token });
    expect([data, errors.map(({ extensions }) => extensions.code)]).toEqual([null, [code]]);
  });

  test.each([
    ['a store', { __typename: 'ImageStore', id: 'ceph', region: { id: 5 } }],
    ['a region', { __typename: 'Region', id: 5 }],
    ['a region that is null', { __typename: 'Region', id: null }],
    ['a store with a string as its region', { __typename: 'ImageStore', id: 'ceph', region: 'RegionOne' }],
  ])('in the representation of %s, fails that one alone', async (_title, wrong) => {
    const query =
      'query($r: [_Any!]!) { _entities(representations: $r) { ... on Region { id } ... on ImageStore { id } } }';
    const right = { __typename: 'Region', id: 'RegionOne' };
    const { data, errors } = await gateway.query(query, { token, variables: { r: [right, wrong, right] } });
    expect(data).toEqual({ _entities: [{ id: 'RegionOne' }, null, { id: 'RegionOne' }] });
    expect(errors).toMatchObject([{ path: ['_entities', 1], extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
