import type { JsonObject } from '../../upstream/json.ts';
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { ApiVersion as GlanceApiVersion } from '../../glance/versions.ts';
import type { ImportMethods as GlanceImportMethods } from '../../glance/import-methods.ts';
import type { RegionRef } from '../region.ts';
import type { RegionalStore } from '../stores.ts';
import type { StoreDetail, StoreProperties } from '../../glance/stores-detail.ts';
import type { CallerUsage } from '../usage.ts';
import type { Quota } from '../../glance/usage.ts';
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
  /** A JSON object as the upstream sent it. */
  JSONObject: { input: JsonObject; output: JsonObject; }
  /** A whole number that a JSON number holds exactly: from -(2^53 - 1) to 2^53 - 1. Sizes in bytes pass the 32 bits of `Int`. */
  SafeInt: { input: number; output: number; }
  _FieldSet: { input: string; output: string; }
};

/** A version of the Image API that Glance speaks. */
export type ApiVersion = {
  readonly __typename?: 'ApiVersion';
  /** The version as Glance writes it, such as `v2.16`. Versions come in Glance's order, which is not sorted; `v2.8` is listed by clouds with several stores alone. */
  readonly id: Scalars['String']['output'];
  /** `CURRENT` for the newest, `SUPPORTED` for the others; `EXPERIMENTAL` and `DEPRECATED` are known too. */
  readonly status: Scalars['String']['output'];
};

/** Whether a part of `Info` can be had. */
export type Availability =
  /** The part is there. */
  | 'AVAILABLE'
  /** The token's role does not allow the call (403). */
  | 'FORBIDDEN'
  /** The token is missing, wrong, expired or revoked (401). Glance says the same of a good token while Keystone is down. */
  | 'UNAUTHENTICATED'
  /** Glance, or the way to it, failed; it may work later. */
  | 'UNAVAILABLE'
  /** The cloud does not have it (404): a single store, a Glance older than the call, or quotas switched off. */
  | 'UNSUPPORTED';

/** The settings of a `cinder` store: images are volumes. */
export type CinderStoreProperties = ImageStoreProperties & {
  readonly __typename?: 'CinderStoreProperties';
  /** The settings as Glance sends them, with its own key names. */
  readonly raw: Scalars['JSONObject']['output'];
  /** Whether volumes are attached over several paths. */
  readonly useMultipath?: Maybe<Scalars['Boolean']['output']>;
  /** The volume type. Null when Cinder's default is used. */
  readonly volumeType?: Maybe<Scalars['String']['output']>;
};

/** The settings of a `file` store: a directory on the hosts that run Glance. */
export type FileStoreProperties = ImageStoreProperties & {
  readonly __typename?: 'FileStoreProperties';
  /** How much is read or written at once, in bytes. */
  readonly chunkSize?: Maybe<Scalars['SafeInt']['output']>;
  /** The directory that holds the images' data. */
  readonly dataDir?: Maybe<Scalars['String']['output']>;
  /** The settings as Glance sends them, with its own key names. */
  readonly raw: Scalars['JSONObject']['output'];
  /** Whether runs of zeroes are left out of the file. */
  readonly thinProvisioning?: Maybe<Scalars['Boolean']['output']>;
};

/** One quota: how much there may be, and how much there is. */
export type ImageQuota = {
  readonly __typename?: 'ImageQuota';
  /**
   * The most there may be, in `unit`; null when `unlimited`. 0 means that nothing may be stored, which is also what a limit
   * reads that nobody registered in Keystone.
   */
  readonly limit?: Maybe<Scalars['SafeInt']['output']>;
  /** Glance's name for it, such as `image_size_total`. */
  readonly name: Scalars['String']['output'];
  /** What is left, in `unit`: `limit` less `usage`, never below 0. Null when `unlimited`. */
  readonly remaining?: Maybe<Scalars['SafeInt']['output']>;
  /** What the figures count. */
  readonly unit: QuotaUnit;
  /**
   * Whether the operator set no limit: -1 in Keystone. Beware: before mid-2026 oslo.limit, which Glance enforces quotas with,
   * refuses every upload under such a limit.
   */
  readonly unlimited: Scalars['Boolean']['output'];
  /** What is used, in `unit`. */
  readonly usage: Scalars['SafeInt']['output'];
};

/**
 * A store that image data can be kept in. An entity: other subgraphs name it by its id and region. Every field outside the key
 * is null when Glance can't be asked.
 */
export type ImageStore = {
  readonly __typename?: 'ImageStore';
  /** Whether data goes here when no store is named. */
  readonly default?: Maybe<Scalars['Boolean']['output']>;
  /** The operator's description. Null when there is none. */
  readonly description?: Maybe<Scalars['String']['output']>;
  /** What only operators may see of this store: `GET /v2/info/stores/detail`, one call however many stores ask. Null with an error for other callers. */
  readonly detail?: Maybe<ImageStoreDetail>;
  /** The store's id, as image uploads and imports name it (`X-Image-Meta-Store`, `stores`). */
  readonly id: Scalars['ID']['output'];
  /** Whether the store takes no new data, as an `http` store does. Glance 19 "Train"; false for older ones, which do not tell. */
  readonly readOnly?: Maybe<Scalars['Boolean']['output']>;
  /** The region that the store belongs to. */
  readonly region: Region;
};

/** A store with its driver and settings, for operators. Glance 24 "Yoga". */
export type ImageStoreDetail = {
  readonly __typename?: 'ImageStoreDetail';
  /** Whether data goes here when no store is named. */
  readonly default: Scalars['Boolean']['output'];
  /** The operator's description. Null when there is none. */
  readonly description?: Maybe<Scalars['String']['output']>;
  /** The store's id. */
  readonly id: Scalars['ID']['output'];
  /** The driver's settings, by driver. Null when Glance sends none. */
  readonly properties?: Maybe<ImageStoreProperties>;
  /** Whether the store takes no new data, as an `http` store does. */
  readonly readOnly: Scalars['Boolean']['output'];
  /** The driver: `file`, `rbd`, `cinder`, `swift`, `s3`, `http`, or one yet to come. */
  readonly type: Scalars['String']['output'];
  /** The store's weight: an image in several stores is read from the one with the highest. Null before Glance 27 "2023.2". */
  readonly weight?: Maybe<Scalars['Int']['output']>;
};

/** The settings of a store's driver. Glance 24 "Yoga" sends them for `rbd` stores alone, later ones for every driver. */
export type ImageStoreProperties = {
  /** The settings as Glance sends them, with its own key names. */
  readonly raw: Scalars['JSONObject']['output'];
};

/** The image quotas of the token's project. Glance 24 "Yoga". */
export type ImageUsage = {
  readonly __typename?: 'ImageUsage';
  /** Whether the cloud enforces image quotas. When false every quota below is null and `quotas` is empty; there is then no limit, and no figure of what is used. */
  readonly enabled: Scalars['Boolean']['output'];
  /** The number of images. */
  readonly imageCountTotal?: Maybe<ImageQuota>;
  /** The number of images whose data is being uploaded or imported. */
  readonly imageCountUploading?: Maybe<ImageQuota>;
  /** The size of all image data, in MiB rounded down. An image counts once for each store that it lies in. */
  readonly imageSizeTotal?: Maybe<ImageQuota>;
  /** The size of all data staged for import, in MiB rounded down. */
  readonly imageStageTotal?: Maybe<ImageQuota>;
  /** The id of the project whose quota it is. Null when it is not known, as without Keystone. */
  readonly projectId?: Maybe<Scalars['ID']['output']>;
  /** Every quota that Glance names, those above and those that this schema does not know yet, in Glance's order. */
  readonly quotas: ReadonlyArray<ImageQuota>;
  /** What the token was issued for. Unscoped and system tokens get usage 0 and the default limits from Glance: believable, and meaningless. */
  readonly scope: TokenScope;
};

/** The import methods of a cloud: what its operator configured, which is not a promise that each one works. */
export type ImportMethods = {
  readonly __typename?: 'ImportMethods';
  /** Glance's sentence about the list. Null when Glance sends none. */
  readonly description?: Maybe<Scalars['String']['output']>;
  /** The JSON type of the list in Glance's answer: `array`. Null when Glance sends none. */
  readonly type?: Maybe<Scalars['String']['output']>;
  /** The methods, such as `glance-direct`, `web-download`, `copy-image` and `glance-download`. Empty when interoperable import is switched off. */
  readonly value: ReadonlyArray<Scalars['String']['output']>;
};

/** What one may do with images in a region of the cloud. Every part is null when Glance refuses or fails it; `availability` tells why. */
export type Info = {
  readonly __typename?: 'Info';
  /** The Image API versions that Glance speaks (`GET /versions`, every release, no token needed). Null when the call failed. */
  readonly apiVersions?: Maybe<ReadonlyArray<ApiVersion>>;
  /** Why a part is empty, as data: for clients behind a router that removes the errors of its subgraphs. Raises no errors itself. */
  readonly availability: InfoAvailability;
  /** How an image's data can be brought in (`GET /v2/info/import`, Glance 16 "Queens", every caller). Null when the call failed. */
  readonly importMethods?: Maybe<ImportMethods>;
  /** The region these answers are from. */
  readonly region: Region;
  /**
   * The stores that an image's data can be kept in, in the operator's order (`GET /v2/info/stores`, Glance 17 "Rocky", every
   * caller). Null when the call failed; a cloud with a single store answers `NOT_FOUND`.
   */
  readonly stores?: Maybe<ReadonlyArray<ImageStore>>;
  /**
   * The stores with what only operators may see (`GET /v2/info/stores/detail`, Glance 24 "Yoga"; the admin role, from Glance
   * 30 "2025.1" also the service role). Null when the call failed; other callers get `FORBIDDEN`, a cloud with a single store
   * `NOT_FOUND`. One store driver that can't be loaded fails the whole call, with `UPSTREAM_ERROR`.
   */
  readonly storesDetail?: Maybe<ReadonlyArray<ImageStoreDetail>>;
  /**
   * The quotas of the token's project and what is used of them (`GET /v2/info/usage`, Glance 24 "Yoga", every caller). Null
   * when the call failed. Slower than the other parts: Glance asks Keystone for the limits each time.
   */
  readonly usage?: Maybe<ImageUsage>;
};

/** Of each part of `Info`, whether the caller can have it. Asking for one makes the part's call, shared with the part itself. */
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

/** The settings of an `http` store, which has none, and of drivers that this schema does not know yet. */
export type OtherStoreProperties = ImageStoreProperties & {
  readonly __typename?: 'OtherStoreProperties';
  /** The settings as Glance sends them, with its own key names. */
  readonly raw: Scalars['JSONObject']['output'];
};

/** The discovery calls of OpenStack's Image service (Glance), answered with the caller's own Keystone token. */
export type Query = {
  readonly __typename?: 'Query';
  /** The regions that have an Image service, the default one first. */
  readonly imageRegions: ReadonlyArray<Region>;
  /**
   * What may be done with images in one region. Its parts are asked for in parallel, each only when selected; a part that
   * fails is null with an error of its own and leaves the others alone.
   */
  readonly info: Info;
};


/** The discovery calls of OpenStack's Image service (Glance), answered with the caller's own Keystone token. */
export type QueryInfoArgs = {
  region?: InputMaybe<Scalars['ID']['input']>;
};

/** What the figures of a quota count. */
export type QuotaUnit =
  /** Things: images, uploads. */
  | 'COUNT'
  /** Mebibytes: 1,048,576 bytes. */
  | 'MEBIBYTES'
  /** Not known: a quota that is newer than this schema. */
  | 'UNKNOWN';

/** The settings of an `rbd` store: a Ceph pool. */
export type RbdStoreProperties = ImageStoreProperties & {
  readonly __typename?: 'RbdStoreProperties';
  /** The size of the objects that an image is cut into, in bytes. */
  readonly chunkSize?: Maybe<Scalars['SafeInt']['output']>;
  /** The id of the Ceph cluster. Glance 30 "2025.1"; null when the cluster could not be asked. */
  readonly fsid?: Maybe<Scalars['String']['output']>;
  /** The Ceph pool. */
  readonly pool?: Maybe<Scalars['String']['output']>;
  /** The settings as Glance sends them, with its own key names. */
  readonly raw: Scalars['JSONObject']['output'];
  /** Whether runs of zeroes are left out. */
  readonly thinProvisioning?: Maybe<Scalars['Boolean']['output']>;
};

/** An OpenStack region. */
export type Region = {
  readonly __typename?: 'Region';
  /** The region's id in Keystone, such as `RegionOne`. */
  readonly id: Scalars['ID']['output'];
  /** What may be done with images in this region. Null when the region can't be asked. */
  readonly info?: Maybe<Info>;
};

/** The settings of an `s3` store. */
export type S3StoreProperties = ImageStoreProperties & {
  readonly __typename?: 'S3StoreProperties';
  /** The size of those parts, in bytes. */
  readonly largeObjectChunkSize?: Maybe<Scalars['SafeInt']['output']>;
  /** The size from which an image is uploaded in several parts, in bytes. */
  readonly largeObjectSize?: Maybe<Scalars['SafeInt']['output']>;
  /** The settings as Glance sends them, with its own key names. */
  readonly raw: Scalars['JSONObject']['output'];
  /** How many threads upload the parts of one image. */
  readonly threadPools?: Maybe<Scalars['SafeInt']['output']>;
};

/** The settings of a `swift` store: images are objects. */
export type SwiftStoreProperties = ImageStoreProperties & {
  readonly __typename?: 'SwiftStoreProperties';
  /** The container. May be null from Glance 29 "2024.2" on. */
  readonly container?: Maybe<Scalars['String']['output']>;
  /** The size of those objects, in bytes. */
  readonly largeObjectChunkSize?: Maybe<Scalars['SafeInt']['output']>;
  /** The size from which an image is cut into several objects, in bytes. 5242880000 unless the operator says otherwise. */
  readonly largeObjectSize?: Maybe<Scalars['SafeInt']['output']>;
  /** The settings as Glance sends them, with its own key names. */
  readonly raw: Scalars['JSONObject']['output'];
};

/** What a token was issued for. */
export type TokenScope =
  /** A domain: the figures mean nothing. */
  | 'DOMAIN'
  /** A project: the figures are that project's. */
  | 'PROJECT'
  /** The whole system: the figures mean nothing. */
  | 'SYSTEM'
  /** Not known: the gateway was not told of a Keystone to ask. */
  | 'UNKNOWN'
  /** Nothing in particular: the figures mean nothing. */
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
  FileStoreProperties: ResolverTypeWrapper<FileStoreProperties>;
  ImageQuota: ResolverTypeWrapper<Quota>;
  ImageStore: ResolverTypeWrapper<RegionalStore>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  ImageStoreDetail: ResolverTypeWrapper<StoreDetail>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  ImageStoreProperties: ResolverTypeWrapper<StoreProperties>;
  ImageUsage: ResolverTypeWrapper<CallerUsage>;
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
  FileStoreProperties: FileStoreProperties;
  ImageQuota: Quota;
  ImageStore: RegionalStore;
  ID: Scalars['ID']['output'];
  ImageStoreDetail: StoreDetail;
  Int: Scalars['Int']['output'];
  ImageStoreProperties: StoreProperties;
  ImageUsage: CallerUsage;
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

export type FileStorePropertiesResolvers<ContextType = GatewayContext, ParentType extends ResolversParentTypes['FileStoreProperties'] = ResolversParentTypes['FileStoreProperties']> = {
  chunkSize?: Resolver<Maybe<ResolversTypes['SafeInt']>, ParentType, ContextType>;
  dataDir?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  raw?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  thinProvisioning?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
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
  FileStoreProperties?: FileStorePropertiesResolvers<ContextType>;
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

