/** Random operations of the schema that can be grown: their fields are repeated, and their representations are multiplied. */
import fc from 'fast-check';
import {
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
} from 'graphql';
import { createSchema, loadSdl } from '../../src/graphql/schema.ts';
import { ADMIN, REGIONS, REJECTED, STORES } from './large-cloud.ts';

export interface Request {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** @param size how often its parts are repeated, 1 to 100 */
export type Grow = (size: number) => Request;

const schema = createSchema(loadSdl());
const MAX_DEPTH = 3;

function typeNamed(name: string): GraphQLObjectType {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`no ${name}`);
  return type;
}

export const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

/** Returns a number below its argument. */
type Choose = (below: number) => number;

/** A field of the type, with one to three random fields beneath it. */
function randomField(type: GraphQLObjectType, depth: number, choose: Choose): string {
  const fields = Object.values(type.getFields()).filter(
    (field) =>
      (depth < MAX_DEPTH || isLeafType(getNamedType(field.type))) && field.name !== 'info' && field.args.length === 0,
  );
  const field = fields[choose(fields.length + 1)];
  return field === undefined ? '__typename' : field.name + beneath(getNamedType(field.type), depth + 1, choose);
}

function beneath(type: GraphQLNamedType, depth: number, choose: Choose): string {
  if (isInterfaceType(type)) return choose(2) === 0 ? '{raw}' : '{__typename raw ...on RbdStoreProperties{pool fsid}}';
  if (!isObjectType(type)) return '';
  return `{${times(1 + choose(3), (index) => `b${index}:${randomField(type, depth, choose)}`)}}`;
}

/** How a field is repeated. */
const REPEAT: readonly ((
  field: string,
  type: string,
  size: number,
) => { readonly text: string; readonly fragments: string })[] = [
  (field, _type, size) => ({ text: times(size, (index) => `a${index}:${field}`), fragments: '' }),
  (field, _type, size) => ({ text: times(size * 5, () => `a:${field}`), fragments: '' }),
  (field, type, size) => ({ text: times(size, (index) => `...on ${type}{a${index}:${field}}`), fragments: '' }),
  (field, _type, size) => ({
    text: times(size, (index) => `a${index}:${field.replace(/^\w+/, '$& @include(if:true) @skip(if:false)')}`),
    fragments: '',
  }),
  (field, type, size) => ({
    text: `...F${Math.floor(Math.log2(size))}`,
    fragments: `fragment F0 on ${type}{a:${field}} ${times(Math.floor(Math.log2(size)), (index) => `fragment F${index + 1} on ${type}{...F${index} ...F${index}}`)}`,
  }),
  (field, type, size) => ({
    text: times(size, (index) => `...F${index}`),
    fragments: times(size, (index) => `fragment F${index} on ${type}{a${index}:${field}}`),
  }),
  (field, type, size) => ({
    text: `...F0 ${times(size, (index) => `a${index}:${field}`)}`,
    fragments: `fragment F0 on ${type}{__typename ...F1} fragment F1 on ${type}{...F0}`,
  }),
];

const at = <T>(list: readonly T[], index: number): T => {
  const value = list[index % list.length];
  if (value === undefined) throw new Error('empty');
  return value;
};

/** Of which the list in a variable is made. */
const REPRESENTATIONS: readonly ((index: number) => unknown)[] = [
  (index) => ({ __typename: 'ImageStore', id: at(STORES, index), region: { id: at(REGIONS, Math.floor(index / 50)) } }),
  (index) => ({ __typename: 'Region', id: at(REGIONS, index) }),
  (index) => ({ __typename: 'Region', id: `Mars${index}` }),
  (index) => ({ __typename: 'ImageStore', id: `none${index}`, region: { id: at(REGIONS, index) } }),
  () => ({ __typename: 'ImageStore', id: at(STORES, 0), region: { id: at(REGIONS, 0) } }),
  (index) => at([1, 'x', {}, [], { __typename: 'Info' }, { __typename: 'Region', id: index }], index),
  () => null,
];

/** Where the repeated fields are, around them, and their type. */
const PLACES: readonly (readonly [type: string, wrap: (text: string, size: number) => string])[] = [
  ['Info', (text) => `query N{info{${text}}}`],
  [
    'Info',
    (text, size) =>
      `query N{${times(Math.ceil(size / 5), (index) => `i${index}:info(region:"Region${index % 10}"){${text}}`)}}`,
  ],
  ['Info', (text) => `query N{imageRegions{info{${text}}}}`],
  ['ImageStore', (text) => `query N{imageRegions{info{stores{${text}}}}}`],
  ['ImageStoreDetail', (text) => `query N{imageRegions{info{storesDetail{${text}}}}}`],
  ['ImageUsage', (text) => `query N{imageRegions{info{usage{${text}}}}}`],
  ['InfoAvailability', (text) => `query N{imageRegions{info{availability{${text}}}}}`],
  ['Info', (text) => `query N($r:[_Any!]!){_entities(representations:$r){...on Region{info{${text}}}}}`],
  [
    'InfoAvailability',
    (text) => `query N($r:[_Any!]!){_entities(representations:$r){...on Region{info{availability{${text}}}}}}`,
  ],
  ['ImageStore', (text) => `query N($r:[_Any!]!){_entities(representations:$r){...on ImageStore{${text}}}}`],
  [
    'ImageStore',
    (text, size) =>
      `query N($r:[_Any!]!){${times(Math.ceil(size / 5), (index) => `e${index}:_entities(representations:$r){...on ImageStore{${text}}}`)}}`,
  ],
  ['__Type', (text) => `query N{__schema{types{${text}}}}`],
  ['__Type', (text) => `query N{__schema{types{fields{type{${text}}}}}}`],
  ['ImageAccess', (text) => `query N{imageAccess{${text}}}`],
];

/** Other variables, of the wrong type in great number, or large. */
const WRONG: readonly ((size: number) => unknown)[] = [
  (size) => Array(size * 100).fill(true),
  (size) => 'x'.repeat(size * 600),
  (size) => JSON.parse(`${'['.repeat(size * 20)}${']'.repeat(size * 20)}`),
  (size) => Object.fromEntries(Array.from({ length: size * 30 }, (_, index) => [`k${index}`, index])),
];

/** @param numbers random ones, from which all choices are made */
function growBy(numbers: readonly number[]): Grow {
  let index = 0;
  const choose: Choose = (below) => {
    index += 1;
    return at(numbers, index) % below;
  };
  const [type, wrap] = at(PLACES, choose(PLACES.length));
  const field = randomField(typeNamed(type), 0, choose);
  const repeat = at(REPEAT, choose(REPEAT.length));
  const representation = at(REPRESENTATIONS, choose(REPRESENTATIONS.length));
  const most = at([1000, 900, 300, 50], choose(4));
  const wrong = choose(5) === 0 ? at(WRONG, choose(WRONG.length)) : null;
  return (size) => {
    const { text, fragments } = repeat(field, type, size);
    const document = `${wrap(text, size)} ${fragments}`;
    const query =
      wrong === null
        ? document
        : document.replace(/^query N(?:\(|\{)/, (start) =>
            start.endsWith('(') ? 'query N($w:ID,' : 'query N($w:ID){w:info(region:$w){__typename} ',
          );
    const r = Array.from({ length: Math.max(1, Math.floor((most * Math.min(size, 30)) / 30)) }, (_, item) =>
      representation(item),
    );
    return { query, variables: { ...(document.includes('$r') && { r }), ...(wrong && { w: wrong(size) }) } };
  };
}

export const grownOperations = fc.array(fc.nat(), { minLength: 60, maxLength: 60 }).map(growBy);

export const tokens = fc.constantFrom(ADMIN, ADMIN, REJECTED);
