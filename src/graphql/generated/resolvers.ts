import type { JsonObject } from '../../openstack/json.ts';
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { ApiVersion as GlanceApiVersion } from '../../openstack/glance/versions.ts';
import type { ImportMethods as GlanceImportMethods } from '../../openstack/glance/import-methods.ts';
import type { RegionRef, RegionalStore, ScopedUsage } from '../values.ts';
import type { StoreDetail, StoreProperties } from '../../openstack/glance/stores-detail.ts';
import type { TokenAccess } from '../../cache/token-context.ts';
import type { AccessRule } from '../../openstack/keystone/access-rules.ts';
import type { Quota } from '../../openstack/glance/usage.ts';
import type { GatewayContext } from '../context.ts';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A time in UTC as RFC 3339 defines it, such as `2026-11-25T10:07:17.000Z`. */
  DateTime: { input: Date; output: Date; }
  /** A JSON object as the upstream sent it. */
  JSONObject: { input: JsonObject; output: JsonObject; }
  /** An integer from -(2^53 - 1) to 2^53 - 1, which JSON numbers represent exactly. Sizes in bytes exceed the 32 bits of `Int`. */
  SafeInt: { input: number; output: number; }
  _FieldSet: { input: string; output: string; }
};

/** A version of the Image API that Glance supports. */
export type ApiVersion = {
  readonly __typename?: 'ApiVersion';
  /** The version as Glance spells it, such as `v2.16`. Versions are in Glance's order, which is not sorted. Only clouds with several stores list `v2.8` and `v2.10` to `v2.13`, and only those with an image cache `v2.14`, `v2.16` and `v2.18`. */
  readonly id: Scalars['String']['output'];
  /** `CURRENT` for the newest version, `SUPPORTED` for the others. `EXPERIMENTAL` and `DEPRECATED` are also possible. */
  readonly status: Scalars['String']['output'];
};

/** Whether a field of `Info` is available. */
export type Availability =
  /** The field has data. */
  | 'AVAILABLE'
  /** The token's role, its scope, or the access rules of its application credential do not allow the call. */
  | 'FORBIDDEN'
  /** The token is missing, invalid, expired or revoked (401). Glance also responds with 401 to a valid token while Keystone is down. */
  | 'UNAUTHENTICATED'
  /** Glance or the connection to it failed. `storesDetail` may be so until the operator changes the settings of a store; others may work later. */
  | 'UNAVAILABLE'
  /** The cloud does not offer it (404): a single store, a Glance older than the call, or quotas that are not enforced. */
  | 'UNSUPPORTED';

/** The settings of a `cinder` store, which stores images as volumes. */
export type CinderStoreProperties = ImageStoreProperties & {
  readonly __typename?: 'CinderStoreProperties';
  /** The settings as Glance sends them, with Glance's key names. */
  readonly raw: Scalars['JSONObject']['output'];
  /** Whether volumes are attached over several paths. */
  readonly useMultipath?: Maybe<Scalars['Boolean']['output']>;
  /** The volume type. Null when Cinder's default is used. */
  readonly volumeType?: Maybe<Scalars['String']['output']>;
};

/** The settings of a `file` store: a directory on the hosts that run Glance. */
export type FileStoreProperties = ImageStoreProperties & {
  readonly __typename?: 'FileStoreProperties';
  /** The size of a single read or write, in bytes. */
  readonly chunkSize?: Maybe<Scalars['SafeInt']['output']>;
  /** The directory that contains the image data. */
  readonly dataDir?: Maybe<Scalars['String']['output']>;
  /** The settings as Glance sends them, with Glance's key names. */
  readonly raw: Scalars['JSONObject']['output'];
  /** Whether sequences of zero bytes are not written (sparse files). */
  readonly thinProvisioning?: Maybe<Scalars['Boolean']['output']>;
};

/** The authority of a token, as Keystone reports it to the token's owner. */
export type ImageAccess = {
  readonly __typename?: 'ImageAccess';
  /**
   * The requests that the token may make, of any service, where its application credential limits them. Null when they are not
   * limited, or when it is unknown; an empty list allows none.
   */
  readonly accessRules?: Maybe<ReadonlyArray<ImageAccessRule>>;
  /** When the token expires. Null when it is unknown. */
  readonly expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** The id of the token's project. Null unless `scope` is `PROJECT`. */
  readonly projectId?: Maybe<Scalars['ID']['output']>;
  /** The name of the token's project, unique only within its domain. Null unless `scope` is `PROJECT`. */
  readonly projectName?: Maybe<Scalars['String']['output']>;
  /** The names of the roles that the token carries, in Keystone's order. Empty for an unscoped token. Null when they are unknown. */
  readonly roles?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  /** The scope of the token. `UNKNOWN` when Keystone's policy forbids the token to ask about itself; every other field is null then. */
  readonly scope: TokenScope;
};

/** A request that an access rule of an application credential allows. */
export type ImageAccessRule = {
  readonly __typename?: 'ImageAccessRule';
  /** The HTTP method. */
  readonly method: Scalars['String']['output'];
  /** The path, in which `*` and `{name}` stand for characters other than `/`, and `**` for any characters. */
  readonly path: Scalars['String']['output'];
  /** The type of the service, such as `image`. */
  readonly service: Scalars['String']['output'];
};

/** A quota: its limit and its usage. */
export type ImageQuota = {
  readonly __typename?: 'ImageQuota';
  /**
   * The limit, in `unit`; null when `unlimited`. 0 means that nothing can be stored. Glance also reports 0 for a limit that is not
   * registered in Keystone.
   */
  readonly limit?: Maybe<Scalars['SafeInt']['output']>;
  /** Glance's name for it, such as `image_size_total`. */
  readonly name: Scalars['String']['output'];
  /** The remaining quota, in `unit`: `limit` minus `usage`, from 0 to `limit`. Null when `unlimited`. */
  readonly remaining?: Maybe<Scalars['SafeInt']['output']>;
  /** The unit of `usage`, `limit` and `remaining`. */
  readonly unit: QuotaUnit;
  /**
   * Whether the limit in Keystone is -1. oslo.limit, which Glance uses to enforce quotas, treats -1 as unlimited from 2.12
   * (OpenStack 2026.2) on; no earlier stable release does, and rejects every upload under such a limit.
   */
  readonly unlimited: Scalars['Boolean']['output'];
  /** The usage, in `unit`. */
  readonly usage: Scalars['SafeInt']['output'];
};

/**
 * A store for image data. An entity: other subgraphs refer to it by id and region. Every field outside the key is null when Glance
 * is unavailable.
 */
export type ImageStore = {
  readonly __typename?: 'ImageStore';
  /** Whether this is the default store, used when no store is named. */
  readonly default?: Maybe<Scalars['Boolean']['output']>;
  /** The operator's description. Null when there is none. */
  readonly description?: Maybe<Scalars['String']['output']>;
  /** Driver and settings, for operators (`GET /v2/info/stores/detail`, one call for all stores). Null with an error for other callers; see `Info.storesDetail`. */
  readonly detail?: Maybe<ImageStoreDetail>;
  /** The store's id, as used by image uploads (`X-Image-Meta-Store`) and imports (`stores`). */
  readonly id: Scalars['ID']['output'];
  /** Whether the store is read-only, as an `http` store is. From Glance 19 "Train" on; false for older releases, which do not report it. */
  readonly readOnly?: Maybe<Scalars['Boolean']['output']>;
  /** The region that the store belongs to. */
  readonly region: Region;
};

/** A store with its driver and settings, for operators. From Glance 24 "Yoga" on. */
export type ImageStoreDetail = {
  readonly __typename?: 'ImageStoreDetail';
  /** Whether this is the default store, used when no store is named. */
  readonly default: Scalars['Boolean']['output'];
  /** The operator's description. Null when there is none. */
  readonly description?: Maybe<Scalars['String']['output']>;
  /** The store's id. */
  readonly id: Scalars['ID']['output'];
  /** The driver's settings, by driver. Null when Glance sends none. */
  readonly properties?: Maybe<ImageStoreProperties>;
  /** Whether the store is read-only, as an `http` store is. */
  readonly readOnly: Scalars['Boolean']['output'];
  /** The driver: `file`, `rbd`, `cinder`, `swift`, `s3`, `http`, or a newer one. */
  readonly type: Scalars['String']['output'];
  /** The store's weight: an image in several stores is read from the one with the highest. Null before Glance 27 "2023.2", and for a weight beyond 32 bits. */
  readonly weight?: Maybe<Scalars['Int']['output']>;
};

/** The settings of a store's driver. Glance 24 "Yoga" sends them for `rbd` stores only, later releases for every driver. */
export type ImageStoreProperties = {
  /** The settings as Glance sends them, with Glance's key names. */
  readonly raw: Scalars['JSONObject']['output'];
};

/** The image quotas of the token's project. From Glance 24 "Yoga" on. */
export type ImageUsage = {
  readonly __typename?: 'ImageUsage';
  /** Whether the cloud enforces image quotas. When false there are no limits and Glance reports no usage: every quota below is null and `quotas` is empty. */
  readonly enabled: Scalars['Boolean']['output'];
  /** The number of images. */
  readonly imageCountTotal?: Maybe<ImageQuota>;
  /** The number of images that are being uploaded or imported. */
  readonly imageCountUploading?: Maybe<ImageQuota>;
  /** The size of all image data, in MiB rounded down. An image counts once for each store that contains it. */
  readonly imageSizeTotal?: Maybe<ImageQuota>;
  /** The size of all data staged for import, in MiB rounded down. */
  readonly imageStageTotal?: Maybe<ImageQuota>;
  /** The id of the project that the quotas belong to. Null when it is unknown, as without Keystone. */
  readonly projectId?: Maybe<Scalars['ID']['output']>;
  /** All quotas that Glance reports, including those that this schema does not know, in Glance's order. */
  readonly quotas: ReadonlyArray<ImageQuota>;
  /** The scope of the token. For unscoped and system-scoped tokens Glance reports usage 0 and the default limits, which are meaningless. */
  readonly scope: TokenScope;
};

/** The import methods that a cloud's operator has configured. Glance does not check that each one works. */
export type ImportMethods = {
  readonly __typename?: 'ImportMethods';
  /** Glance's description of the list. Null when Glance sends none. */
  readonly description?: Maybe<Scalars['String']['output']>;
  /** The JSON type of the list in Glance's response: `array`. Null when Glance sends none. */
  readonly type?: Maybe<Scalars['String']['output']>;
  /** The methods, such as `glance-direct`, `web-download`, `copy-image` and `glance-download`. Empty when interoperable import is disabled. */
  readonly value: ReadonlyArray<Scalars['String']['output']>;
};

/** Discovery information about one region's Image service. A field is null when its call fails; `availability` gives the reason. */
export type Info = {
  readonly __typename?: 'Info';
  /** The Image API versions that Glance supports (`GET /versions`, every release, no token required). Null when the call fails. */
  readonly apiVersions?: Maybe<ReadonlyArray<ApiVersion>>;
  /** Why a field is null, as data, for clients behind a router that removes the errors of its subgraphs. It raises no errors. */
  readonly availability: InfoAvailability;
  /** The methods to import image data (`GET /v2/info/import`, Glance 16 "Queens", every caller). Null when the call fails. */
  readonly importMethods?: Maybe<ImportMethods>;
  /** The region that this information is about. */
  readonly region: Region;
  /**
   * The stores for image data, in the operator's order (`GET /v2/info/stores`, Glance 17 "Rocky", every caller). Null when the
   * call fails; on a cloud with a single store it fails with `NOT_FOUND`.
   */
  readonly stores?: Maybe<ReadonlyArray<ImageStore>>;
  /**
   * The stores with their drivers and settings, for operators (`GET /v2/info/stores/detail`, Glance 24 "Yoga"). Requires a
   * project-scoped token with the admin role; the service role is sufficient from Glance 32 on, and in 30.0 to 30.2 and 31.0 to
   * 31.1 for a request that also carries a service token, which this gateway does not send. Null when the call fails: other
   * tokens get `FORBIDDEN`, system- and domain-scoped ones included, and a cloud with a single store gives `NOT_FOUND`.
   *
   * The call fails as a whole, with `UPSTREAM_ERROR`, where a store's driver cannot be loaded, where a `file` store has several
   * directories (`filesystem_store_datadirs`), and for multi-tenant `swift` stores of Glance 25 to 28. `retryable` is false
   * then: only the operator can change it. From Glance 29 on a misconfigured `swift` store is missing from both lists instead.
   */
  readonly storesDetail?: Maybe<ReadonlyArray<ImageStoreDetail>>;
  /**
   * The quotas of the token's project and their usage (`GET /v2/info/usage`, Glance 24 "Yoga", every caller). Null when the call
   * fails. Slower than the other fields, because Glance requests the limits from Keystone each time.
   */
  readonly usage?: Maybe<ImageUsage>;
};

/** Whether each field of `Info` is available to the caller. Selecting one makes the field's call, once for both. */
export type InfoAvailability = {
  readonly __typename?: 'InfoAvailability';
  /** Of `Info.importMethods`. `UNSUPPORTED`: Glance is older than the call. */
  readonly importMethods: Availability;
  /** Of `Info.stores`. `UNSUPPORTED`: the cloud has a single store, or Glance is older than the call. */
  readonly stores: Availability;
  /** Of `Info.storesDetail`. `UNSUPPORTED`: the cloud has a single store, or Glance is older than the call. */
  readonly storesDetail: Availability;
  /** Of `Info.usage`. `UNSUPPORTED`: the cloud enforces no quotas, or Glance is older than the call. */
  readonly usage: Availability;
};

/** The settings of drivers that this schema does not know, and of `http` stores, which have none. */
export type OtherStoreProperties = ImageStoreProperties & {
  readonly __typename?: 'OtherStoreProperties';
  /** The settings as Glance sends them, with Glance's key names. */
  readonly raw: Scalars['JSONObject']['output'];
};

/** The discovery calls of OpenStack's Image service (Glance), made with the caller's Keystone token. */
export type Query = {
  readonly __typename?: 'Query';
  /**
   * What Keystone reports about the caller's token (`GET /v3/auth/tokens`). Null when the gateway has no Keystone configured, and, with
   * an error, when Keystone rejects the token or fails.
   */
  readonly imageAccess?: Maybe<ImageAccess>;
  /** The regions that have an Image service, the default region first. */
  readonly imageRegions: ReadonlyArray<Region>;
  /**
   * Discovery information about one region's Image service. Its fields are fetched in parallel, each only when selected. A field
   * that fails is null and has its own error; the other fields are not affected.
   */
  readonly info: Info;
};


/** The discovery calls of OpenStack's Image service (Glance), made with the caller's Keystone token. */
export type QueryInfoArgs = {
  region?: InputMaybe<Scalars['ID']['input']>;
};

/** The unit of a quota. */
export type QuotaUnit =
  /** A number of images or uploads. */
  | 'COUNT'
  /** Mebibytes: 1,048,576 bytes. */
  | 'MEBIBYTES'
  /** Unknown, for a quota that is newer than this schema. */
  | 'UNKNOWN';

/** The settings of an `rbd` store: a Ceph pool. */
export type RbdStoreProperties = ImageStoreProperties & {
  readonly __typename?: 'RbdStoreProperties';
  /** The size of the objects that an image is split into, in bytes. */
  readonly chunkSize?: Maybe<Scalars['SafeInt']['output']>;
  /** The id of the Ceph cluster. From Glance 30 "2025.1" on; null when the cluster was not reachable. */
  readonly fsid?: Maybe<Scalars['String']['output']>;
  /** The Ceph pool. */
  readonly pool?: Maybe<Scalars['String']['output']>;
  /** The settings as Glance sends them, with Glance's key names. */
  readonly raw: Scalars['JSONObject']['output'];
  /** Whether sequences of zero bytes are not written. */
  readonly thinProvisioning?: Maybe<Scalars['Boolean']['output']>;
};

/** An OpenStack region. */
export type Region = {
  readonly __typename?: 'Region';
  /** The region's id in Keystone, such as `RegionOne`. */
  readonly id: Scalars['ID']['output'];
  /** Discovery information about this region's Image service. Null when it is unavailable. */
  readonly info?: Maybe<Info>;
};

/** The settings of an `s3` store. */
export type S3StoreProperties = ImageStoreProperties & {
  readonly __typename?: 'S3StoreProperties';
  /** The size of those parts, in bytes. */
  readonly largeObjectChunkSize?: Maybe<Scalars['SafeInt']['output']>;
  /** The size from which an image is uploaded in several parts, in bytes. */
  readonly largeObjectSize?: Maybe<Scalars['SafeInt']['output']>;
  /** The settings as Glance sends them, with Glance's key names. */
  readonly raw: Scalars['JSONObject']['output'];
  /** How many threads upload the parts of one image. */
  readonly threadPools?: Maybe<Scalars['SafeInt']['output']>;
};

/** The settings of a `swift` store, which stores images as objects. */
export type SwiftStoreProperties = ImageStoreProperties & {
  readonly __typename?: 'SwiftStoreProperties';
  /** The container. May be null from Glance 29 "2024.2" on. */
  readonly container?: Maybe<Scalars['String']['output']>;
  /** The size of those objects, in bytes. */
  readonly largeObjectChunkSize?: Maybe<Scalars['SafeInt']['output']>;
  /** The size from which an image is split into several objects, in bytes. Swift's default is 5242880000. */
  readonly largeObjectSize?: Maybe<Scalars['SafeInt']['output']>;
  /** The settings as Glance sends them, with Glance's key names. */
  readonly raw: Scalars['JSONObject']['output'];
};

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



export type ResolverTypeWrapper<T> = Promise<T> | T;

export type ReferenceResolver<TResult, TReference, TContext> = (
      reference: TReference,
      context: TContext,
      info: GraphQLResolveInfo
    ) => Promise<TResult> | TResult;

      type ScalarCheck<T, S> = S extends true ? T : NullableCheck<T, S>;
      type NullableCheck<T, S> = Maybe<T> extends T ? Maybe<ListCheck<NonNullable<T>, S>> : ListCheck<T, S>;
      type ListCheck<T, S> = T extends (infer U)[] ? NullableCheck<U, S>[] : GraphQLRecursivePick<T, S>;
      export type GraphQLRecursivePick<T, S> = { [K in keyof T & keyof S]: ScalarCheck<T[K], S[K]> };
    
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

/** Mapping of federation types */
export type FederationTypes = {
  ImageStore: ImageStore;
  Region: Region;
};

/** Mapping of federation reference types */
export type FederationReferenceTypes = {
  ImageStore:
    ( { __typename: 'ImageStore' }
    & GraphQLRecursivePick<FederationTypes['ImageStore'], {"id":true,"region":{"id":true}}> );
  Region:
    ( { __typename: 'Region' }
    & GraphQLRecursivePick<FederationTypes['Region'], {"id":true}> );
};



/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  ApiVersion: ResolverTypeWrapper<GlanceApiVersion>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Availability: Availability;
  CinderStoreProperties: ResolverTypeWrapper<CinderStoreProperties>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  FileStoreProperties: ResolverTypeWrapper<FileStoreProperties>;
  ImageAccess: ResolverTypeWrapper<TokenAccess>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  ImageAccessRule: ResolverTypeWrapper<AccessRule>;
  ImageQuota: ResolverTypeWrapper<Quota>;
  ImageStore: ResolverTypeWrapper<RegionalStore>;
  ImageStoreDetail: ResolverTypeWrapper<StoreDetail>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  ImageStoreProperties: ResolverTypeWrapper<StoreProperties>;
  ImageUsage: ResolverTypeWrapper<ScopedUsage>;
  ImportMethods: ResolverTypeWrapper<GlanceImportMethods>;
  Info: ResolverTypeWrapper<RegionRef>;
  InfoAvailability: ResolverTypeWrapper<RegionRef>;
  JSONObject: ResolverTypeWrapper<Scalars['JSONObject']['output']>;
  OtherStoreProperties: ResolverTypeWrapper<OtherStoreProperties>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  QuotaUnit: QuotaUnit;
  RbdStoreProperties: ResolverTypeWrapper<RbdStoreProperties>;
  Region: ResolverTypeWrapper<RegionRef>;
  S3StoreProperties: ResolverTypeWrapper<S3StoreProperties>;
  SafeInt: ResolverTypeWrapper<Scalars['SafeInt']['output']>;
  SwiftStoreProperties: ResolverTypeWrapper<SwiftStoreProperties>;
  TokenScope: TokenScope;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  ApiVersion: GlanceApiVersion;
  String: Scalars['String']['output'];
  CinderStoreProperties: CinderStoreProperties;
  Boolean: Scalars['Boolean']['output'];
  DateTime: Scalars['DateTime']['output'];
  FileStoreProperties: FileStoreProperties;
  ImageAccess: TokenAccess;
  ID: Scalars['ID']['output'];
  ImageAccessRule: AccessRule;
  ImageQuota: Quota;
  ImageStore: RegionalStore;
  ImageStoreDetail: StoreDetail;
  Int: Scalars['Int']['output'];
  ImageStoreProperties: StoreProperties;
  ImageUsage: ScopedUsage;
  ImportMethods: GlanceImportMethods;
  Info: RegionRef;
  InfoAvailability: RegionRef;
  JSONObject: Scalars['JSONObject']['output'];
  OtherStoreProperties: OtherStoreProperties;
  Query: Record<PropertyKey, never>;
  RbdStoreProperties: RbdStoreProperties;
  Region: RegionRef;
  S3StoreProperties: S3StoreProperties;
  SafeInt: Scalars['SafeInt']['output'];
  SwiftStoreProperties: SwiftStoreProperties;
};

export type ApiVersionResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['ApiVersion'] = ResolversParentTypes['ApiVersion']> = {
  id?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type CinderStorePropertiesResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['CinderStoreProperties'] = ResolversParentTypes['CinderStoreProperties']> = {
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  useMultipath?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  volumeType?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type FileStorePropertiesResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['FileStoreProperties'] = ResolversParentTypes['FileStoreProperties']> = {
  chunkSize?: Resolver<Maybe<ResolversTypes['SafeInt']>, ParentType, ContextType>;
  dataDir?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  thinProvisioning?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ImageAccessResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['ImageAccess'] = ResolversParentTypes['ImageAccess']> = {
  accessRules?: Resolver<Maybe<ReadonlyArray<ResolversTypes['ImageAccessRule']>>, ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  projectId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  projectName?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  roles?: Resolver<Maybe<ReadonlyArray<ResolversTypes['String']>>, ParentType, ContextType>;
  scope?: Resolver<ResolversTypes['TokenScope'], ParentType, ContextType>;
};

export type ImageAccessRuleResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['ImageAccessRule'] = ResolversParentTypes['ImageAccessRule']> = {
  method?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  path?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  service?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type ImageQuotaResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['ImageQuota'] = ResolversParentTypes['ImageQuota']> = {
  limit?: Resolver<Maybe<ResolversTypes['SafeInt']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  remaining?: Resolver<Maybe<ResolversTypes['SafeInt']>, ParentType, ContextType>;
  unit?: Resolver<ResolversTypes['QuotaUnit'], ParentType, ContextType>;
  unlimited?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  usage?: Resolver<ResolversTypes['SafeInt'], ParentType, ContextType>;
};

export type ImageStoreResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['ImageStore'] = ResolversParentTypes['ImageStore'], FederationReferenceType extends FederationReferenceTypes['ImageStore'] = FederationReferenceTypes['ImageStore']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['ImageStore']> | FederationReferenceType, FederationReferenceType, ContextType>;
  default?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  detail?: Resolver<Maybe<ResolversTypes['ImageStoreDetail']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  readOnly?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  region?: Resolver<ResolversTypes['Region'], ParentType, ContextType>;
};

export type ImageStoreDetailResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['ImageStoreDetail'] = ResolversParentTypes['ImageStoreDetail']> = {
  default?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  properties?: Resolver<Maybe<ResolversTypes['ImageStoreProperties']>, ParentType, ContextType>;
  readOnly?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  weight?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type ImageStorePropertiesResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['ImageStoreProperties'] = ResolversParentTypes['ImageStoreProperties']> = {
  __resolveType: TypeResolveFn<'CinderStoreProperties' | 'FileStoreProperties' | 'OtherStoreProperties' | 'RbdStoreProperties' | 'S3StoreProperties' | 'SwiftStoreProperties', ParentType, ContextType>;
};

export type ImageUsageResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['ImageUsage'] = ResolversParentTypes['ImageUsage']> = {
  enabled?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  imageCountTotal?: Resolver<Maybe<ResolversTypes['ImageQuota']>, ParentType, ContextType>;
  imageCountUploading?: Resolver<Maybe<ResolversTypes['ImageQuota']>, ParentType, ContextType>;
  imageSizeTotal?: Resolver<Maybe<ResolversTypes['ImageQuota']>, ParentType, ContextType>;
  imageStageTotal?: Resolver<Maybe<ResolversTypes['ImageQuota']>, ParentType, ContextType>;
  projectId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  quotas?: Resolver<ReadonlyArray<ResolversTypes['ImageQuota']>, ParentType, ContextType>;
  scope?: Resolver<ResolversTypes['TokenScope'], ParentType, ContextType>;
};

export type ImportMethodsResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['ImportMethods'] = ResolversParentTypes['ImportMethods']> = {
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  type?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  value?: Resolver<ReadonlyArray<ResolversTypes['String']>, ParentType, ContextType>;
};

export type InfoResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['Info'] = ResolversParentTypes['Info']> = {
  apiVersions?: Resolver<Maybe<ReadonlyArray<ResolversTypes['ApiVersion']>>, ParentType, ContextType>;
  availability?: Resolver<ResolversTypes['InfoAvailability'], ParentType, ContextType>;
  importMethods?: Resolver<Maybe<ResolversTypes['ImportMethods']>, ParentType, ContextType>;
  region?: Resolver<ResolversTypes['Region'], ParentType, ContextType>;
  stores?: Resolver<Maybe<ReadonlyArray<ResolversTypes['ImageStore']>>, ParentType, ContextType>;
  storesDetail?: Resolver<Maybe<ReadonlyArray<ResolversTypes['ImageStoreDetail']>>, ParentType, ContextType>;
  usage?: Resolver<Maybe<ResolversTypes['ImageUsage']>, ParentType, ContextType>;
};

export type InfoAvailabilityResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['InfoAvailability'] = ResolversParentTypes['InfoAvailability']> = {
  importMethods?: Resolver<ResolversTypes['Availability'], ParentType, ContextType>;
  stores?: Resolver<ResolversTypes['Availability'], ParentType, ContextType>;
  storesDetail?: Resolver<ResolversTypes['Availability'], ParentType, ContextType>;
  usage?: Resolver<ResolversTypes['Availability'], ParentType, ContextType>;
};

export interface JsonObjectScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSONObject'], any> {
  name: 'JSONObject';
}

export type OtherStorePropertiesResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['OtherStoreProperties'] = ResolversParentTypes['OtherStoreProperties']> = {
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type QueryResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  imageAccess?: Resolver<Maybe<ResolversTypes['ImageAccess']>, ParentType, ContextType>;
  imageRegions?: Resolver<ReadonlyArray<ResolversTypes['Region']>, ParentType, ContextType>;
  info?: Resolver<ResolversTypes['Info'], ParentType, ContextType, Partial<QueryInfoArgs>>;
};

export type RbdStorePropertiesResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['RbdStoreProperties'] = ResolversParentTypes['RbdStoreProperties']> = {
  chunkSize?: Resolver<Maybe<ResolversTypes['SafeInt']>, ParentType, ContextType>;
  fsid?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  pool?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  thinProvisioning?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type RegionResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['Region'] = ResolversParentTypes['Region'], FederationReferenceType extends FederationReferenceTypes['Region'] = FederationReferenceTypes['Region']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Region']> | FederationReferenceType, FederationReferenceType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  info?: Resolver<Maybe<ResolversTypes['Info']>, ParentType, ContextType>;
};

export type S3StorePropertiesResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['S3StoreProperties'] = ResolversParentTypes['S3StoreProperties']> = {
  largeObjectChunkSize?: Resolver<Maybe<ResolversTypes['SafeInt']>, ParentType, ContextType>;
  largeObjectSize?: Resolver<Maybe<ResolversTypes['SafeInt']>, ParentType, ContextType>;
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  threadPools?: Resolver<Maybe<ResolversTypes['SafeInt']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export interface SafeIntScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['SafeInt'], any> {
  name: 'SafeInt';
}

export type SwiftStorePropertiesResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['SwiftStoreProperties'] = ResolversParentTypes['SwiftStoreProperties']> = {
  container?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  largeObjectChunkSize?: Resolver<Maybe<ResolversTypes['SafeInt']>, ParentType, ContextType>;
  largeObjectSize?: Resolver<Maybe<ResolversTypes['SafeInt']>, ParentType, ContextType>;
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type Resolvers<ContextType = GatewayContext> = {
  ApiVersion?: ApiVersionResolvers<ContextType>;
  CinderStoreProperties?: CinderStorePropertiesResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  FileStoreProperties?: FileStorePropertiesResolvers<ContextType>;
  ImageAccess?: ImageAccessResolvers<ContextType>;
  ImageAccessRule?: ImageAccessRuleResolvers<ContextType>;
  ImageQuota?: ImageQuotaResolvers<ContextType>;
  ImageStore?: ImageStoreResolvers<ContextType>;
  ImageStoreDetail?: ImageStoreDetailResolvers<ContextType>;
  ImageStoreProperties?: ImageStorePropertiesResolvers<ContextType>;
  ImageUsage?: ImageUsageResolvers<ContextType>;
  ImportMethods?: ImportMethodsResolvers<ContextType>;
  Info?: InfoResolvers<ContextType>;
  InfoAvailability?: InfoAvailabilityResolvers<ContextType>;
  JSONObject?: GraphQLScalarType;
  OtherStoreProperties?: OtherStorePropertiesResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  RbdStoreProperties?: RbdStorePropertiesResolvers<ContextType>;
  Region?: RegionResolvers<ContextType>;
  S3StoreProperties?: S3StorePropertiesResolvers<ContextType>;
  SafeInt?: GraphQLScalarType;
  SwiftStoreProperties?: SwiftStorePropertiesResolvers<ContextType>;
};

