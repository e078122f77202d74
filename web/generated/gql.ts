/* eslint-disable */
import * as types from './graphql';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query Usage($region: ID) {\n    info(region: $region) {\n      usage {\n        enabled\n        scope\n        quotas {\n          name\n          usage\n          limit\n          unlimited\n          remaining\n          unit\n        }\n      }\n    }\n  }\n": typeof types.UsageDocument,
    "\n  query Stores($region: ID) {\n    info(region: $region) {\n      stores {\n        id\n        description\n        default\n        readOnly\n      }\n    }\n  }\n": typeof types.StoresDocument,
    "\n  query StoresInDetail($region: ID) {\n    info(region: $region) {\n      storesDetail {\n        id\n        type\n        weight\n        properties {\n          raw\n        }\n      }\n    }\n  }\n": typeof types.StoresInDetailDocument,
    "\n  query ImportMethods($region: ID) {\n    info(region: $region) {\n      importMethods {\n        value\n      }\n    }\n  }\n": typeof types.ImportMethodsDocument,
    "\n  query ApiVersions($region: ID) {\n    info(region: $region) {\n      apiVersions {\n        id\n        status\n      }\n    }\n  }\n": typeof types.ApiVersionsDocument,
    "\n  query Access {\n    imageAccess {\n      scope\n      projectId\n      projectName\n      roles\n      expiresAt\n      accessRules {\n        service\n        method\n        path\n      }\n    }\n    imageRegions {\n      id\n    }\n  }\n": typeof types.AccessDocument,
};
const documents: Documents = {
    "\n  query Usage($region: ID) {\n    info(region: $region) {\n      usage {\n        enabled\n        scope\n        quotas {\n          name\n          usage\n          limit\n          unlimited\n          remaining\n          unit\n        }\n      }\n    }\n  }\n": types.UsageDocument,
    "\n  query Stores($region: ID) {\n    info(region: $region) {\n      stores {\n        id\n        description\n        default\n        readOnly\n      }\n    }\n  }\n": types.StoresDocument,
    "\n  query StoresInDetail($region: ID) {\n    info(region: $region) {\n      storesDetail {\n        id\n        type\n        weight\n        properties {\n          raw\n        }\n      }\n    }\n  }\n": types.StoresInDetailDocument,
    "\n  query ImportMethods($region: ID) {\n    info(region: $region) {\n      importMethods {\n        value\n      }\n    }\n  }\n": types.ImportMethodsDocument,
    "\n  query ApiVersions($region: ID) {\n    info(region: $region) {\n      apiVersions {\n        id\n        status\n      }\n    }\n  }\n": types.ApiVersionsDocument,
    "\n  query Access {\n    imageAccess {\n      scope\n      projectId\n      projectName\n      roles\n      expiresAt\n      accessRules {\n        service\n        method\n        path\n      }\n    }\n    imageRegions {\n      id\n    }\n  }\n": types.AccessDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Usage($region: ID) {\n    info(region: $region) {\n      usage {\n        enabled\n        scope\n        quotas {\n          name\n          usage\n          limit\n          unlimited\n          remaining\n          unit\n        }\n      }\n    }\n  }\n"): typeof import('./graphql').UsageDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Stores($region: ID) {\n    info(region: $region) {\n      stores {\n        id\n        description\n        default\n        readOnly\n      }\n    }\n  }\n"): typeof import('./graphql').StoresDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query StoresInDetail($region: ID) {\n    info(region: $region) {\n      storesDetail {\n        id\n        type\n        weight\n        properties {\n          raw\n        }\n      }\n    }\n  }\n"): typeof import('./graphql').StoresInDetailDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ImportMethods($region: ID) {\n    info(region: $region) {\n      importMethods {\n        value\n      }\n    }\n  }\n"): typeof import('./graphql').ImportMethodsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ApiVersions($region: ID) {\n    info(region: $region) {\n      apiVersions {\n        id\n        status\n      }\n    }\n  }\n"): typeof import('./graphql').ApiVersionsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Access {\n    imageAccess {\n      scope\n      projectId\n      projectName\n      roles\n      expiresAt\n      accessRules {\n        service\n        method\n        path\n      }\n    }\n    imageRegions {\n      id\n    }\n  }\n"): typeof import('./graphql').AccessDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
