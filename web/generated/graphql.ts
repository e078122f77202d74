/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** The unit of a quota. */
export type QuotaUnit =
  /** A number of images or uploads. */
  | 'COUNT'
  /** Mebibytes: 1,048,576 bytes. */
  | 'MEBIBYTES'
  /** Unknown, for a quota that is newer than this schema. */
  | 'UNKNOWN';

/** The scope of a token. */
export type TokenScope =
  /** A domain. The values are meaningless. */
  | 'DOMAIN'
  /** A project. The values are those of the project. */
  | 'PROJECT'
  /** The whole system. The values are meaningless. */
  | 'SYSTEM'
  /** Unknown, because the gateway has no Keystone configured or Keystone does not report the scope. */
  | 'UNKNOWN'
  /** No scope. The values are meaningless. */
  | 'UNSCOPED';

export type UsageQueryVariables = Exact<{
  region?: string | null | undefined;
}>;


export type UsageQuery = { info: { usage: { enabled: boolean, scope: TokenScope, quotas: Array<{ name: string, usage: number, limit: number | null, unlimited: boolean, remaining: number | null, unit: QuotaUnit }> } | null } };

export type StoresQueryVariables = Exact<{
  region?: string | null | undefined;
}>;


export type StoresQuery = { info: { stores: Array<{ id: string, description: string | null, default: boolean | null, readOnly: boolean | null }> | null } };

export type StoresInDetailQueryVariables = Exact<{
  region?: string | null | undefined;
}>;


export type StoresInDetailQuery = { info: { storesDetail: Array<{ id: string, type: string, weight: number | null, properties:
        | { raw: Record<string, unknown> }
        | { raw: Record<string, unknown> }
        | { raw: Record<string, unknown> }
        | { raw: Record<string, unknown> }
        | { raw: Record<string, unknown> }
        | { raw: Record<string, unknown> }
       | null }> | null } };

export type ImportMethodsQueryVariables = Exact<{
  region?: string | null | undefined;
}>;


export type ImportMethodsQuery = { info: { importMethods: { value: Array<string> } | null } };

export type ApiVersionsQueryVariables = Exact<{
  region?: string | null | undefined;
}>;


export type ApiVersionsQuery = { info: { apiVersions: Array<{ id: string, status: string }> | null } };

export type AccessQueryVariables = Exact<{ [key: string]: never; }>;


export type AccessQuery = { imageAccess: { scope: TokenScope, projectId: string | null, projectName: string | null, roles: Array<string> | null, expiresAt: string | null, accessRules: Array<{ service: string, method: string, path: string }> | null } | null, imageRegions: Array<{ id: string }> };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const UsageDocument = new TypedDocumentString(`
    query Usage($region: ID) {
  info(region: $region) {
    usage {
      enabled
      scope
      quotas {
        name
        usage
        limit
        unlimited
        remaining
        unit
      }
    }
  }
}
    `) as unknown as TypedDocumentString<UsageQuery, UsageQueryVariables>;
export const StoresDocument = new TypedDocumentString(`
    query Stores($region: ID) {
  info(region: $region) {
    stores {
      id
      description
      default
      readOnly
    }
  }
}
    `) as unknown as TypedDocumentString<StoresQuery, StoresQueryVariables>;
export const StoresInDetailDocument = new TypedDocumentString(`
    query StoresInDetail($region: ID) {
  info(region: $region) {
    storesDetail {
      id
      type
      weight
      properties {
        raw
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StoresInDetailQuery, StoresInDetailQueryVariables>;
export const ImportMethodsDocument = new TypedDocumentString(`
    query ImportMethods($region: ID) {
  info(region: $region) {
    importMethods {
      value
    }
  }
}
    `) as unknown as TypedDocumentString<ImportMethodsQuery, ImportMethodsQueryVariables>;
export const ApiVersionsDocument = new TypedDocumentString(`
    query ApiVersions($region: ID) {
  info(region: $region) {
    apiVersions {
      id
      status
    }
  }
}
    `) as unknown as TypedDocumentString<ApiVersionsQuery, ApiVersionsQueryVariables>;
export const AccessDocument = new TypedDocumentString(`
    query Access {
  imageAccess {
    scope
    projectId
    projectName
    roles
    expiresAt
    accessRules {
      service
      method
      path
    }
  }
  imageRegions {
    id
  }
}
    `) as unknown as TypedDocumentString<AccessQuery, AccessQueryVariables>;