import type { Call } from '../call.ts';
import { decodeList, decodeObject, decodeString, optional } from '../json.ts';

/** The import methods that the operator configured. */
export interface ImportMethods {
  readonly description: string | null;
  readonly type: string | null;
  readonly value: readonly string[];
}

/** `GET /v2/info/import`, since Glance 16 "Queens" (API 2.6). */
export const importMethods: Call<ImportMethods> = {
  name: 'importMethods',
  path: '/v2/info/import',
  decode(body) {
    const methods = decodeObject(decodeObject(body, '$')['import-methods'], 'import-methods');
    return {
      description: optional(decodeString, methods.description, 'import-methods.description'),
      type: optional(decodeString, methods.type, 'import-methods.type'),
      value: decodeList(methods.value, 'import-methods.value').map((method, index) =>
        decodeString(method, `import-methods.value[${index}]`),
      ),
    };
  },
};
