/** Rules that the schema has to follow. */
import { isEnumType, isInterfaceType, isObjectType, isSpecifiedScalarType } from 'graphql';
import { expect, test } from 'vitest';
import { createSchema, loadSdl } from '../../src/graphql/schema.ts';

/** Names that `@apollo/subgraph` adds for federation. */
const FEDERATION = /^_|^__|^link__|^federation__/;

test('every type, field, argument and enum value has a description', () => {
  const undescribed: string[] = [];
  const check = (name: string, { description }: { description?: string | null | undefined }) => {
    if (!description) undescribed.push(name);
  };
  for (const type of Object.values(createSchema(loadSdl()).getTypeMap())) {
    if (FEDERATION.test(type.name) || isSpecifiedScalarType(type)) continue;
    check(type.name, type);
    if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (FEDERATION.test(field.name)) continue;
      check(`${type.name}.${field.name}`, field);
      for (const argument of field.args) check(`${type.name}.${field.name}(${argument.name})`, argument);
    }
  }
  expect(undescribed).toEqual([]);
});

test('fields of an entity outside its key are nullable, so that a missing store does not null another subgraph’s list', () => {
  const fields = createSchema(loadSdl()).getType('ImageStore');
  if (!isObjectType(fields)) throw new Error('no ImageStore');
  const required = Object.values(fields.getFields()).filter(({ type }) => String(type).endsWith('!'));
  expect(required.map(({ name }) => name)).toEqual(['id', 'region']);
});
