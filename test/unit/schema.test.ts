import { isEnumType, isInterfaceType, isObjectType, isSpecifiedScalarType } from 'graphql';
import { expect, test } from 'vitest';
import { createSchema, loadSdl } from '../../src/graphql/schema.ts';

/** Federation's own, which `@apollo/subgraph` adds. */
const FEDERATION = /^_|^__|^link__|^federation__/;

test('every type, field, argument and enum value says what it is', () => {
  const silent: string[] = [];
  const check = (name: string, { description }: { description?: string | null | undefined }) => {
    if (!description) silent.push(name);
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
  expect(silent).toEqual([]);
});

test('every field outside the key of an entity may be null: a lost store must not void another subgraph’s list', () => {
  const fields = createSchema(loadSdl()).getType('ImageStore');
  if (!isObjectType(fields)) throw new Error('no ImageStore');
  const required = Object.values(fields.getFields()).filter(({ type }) => String(type).endsWith('!'));
  expect(required.map(({ name }) => name)).toEqual(['id', 'region']);
});
