import { type Call, onceByText } from '../upstream/call.ts';
import { decodeArray, decodeObject, decodeString, optional } from '../upstream/json.ts';

/** How image data can be brought in, as the operator configured it. */
export interface ImportMethods {
  readonly description: string | null;
  readonly type: string | null;
  readonly value: readonly string[];
}

/** `GET /v2/info/import`, Glance 16 "Queens" (API 2.6). */
export const importMethods: Call<ImportMethods> = {
  name: 'import-methods',
  path: '/v2/info/import',
  read: onceByText((body) => {
    const methods = decodeObject(decodeObject(body, '$')['import-methods'], 'import-methods');
    return {
      description: optional(decodeString, methods.description, 'import-methods.description'),
      type: optional(decodeString, methods.type, 'import-methods.type'),
      value: decodeArray(methods.value, 'import-methods.value').map((method, index) =>
        decodeString(method, `import-methods.value[${index}]`),
      ),
    };
  }),
};
