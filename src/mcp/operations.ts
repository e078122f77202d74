/** The operations behind the tools. Each is a named operation of the GraphQL schema, executed like any query. */

export interface ToolOperation {
  /** The name of the tool, as agents call it. */
  readonly tool: string;
  readonly title: string;
  /** For a language model: when to call the tool, and what its result means. */
  readonly description: string;
  readonly document: string;
}

export const UPLOAD_OPTIONS: ToolOperation = {
  tool: 'get_upload_options',
  title: 'Ways to create an image',
  description:
    'Lists how and where an image can be created in an OpenStack region. Import methods: `glance-direct` takes an uploaded file, ' +
    '`web-download` fetches a URL, `copy-image` copies an existing image to more stores, `glance-download` copies an image of another ' +
    'region. Stores: one is the `default`; `readOnly` ones accept no images. A cloud with a single store has no list: `stores` is null ' +
    'then, with the error `NOT_FOUND`, and images are created without naming a store. Whether an image is too large: call ' +
    '`get_image_quota`.',
  document: `query McpUploadOptions($region: ID) {
    info(region: $region) {
      region { id }
      importMethods { value }
      stores { id description default readOnly }
      apiVersions { id status }
    }
  }`,
};

export const QUOTA: ToolOperation = {
  tool: 'get_image_quota',
  title: 'Image quota',
  description:
    "Reports the image quotas of the token's project: how much is used, the limit, and what remains. With `sizeBytes`, `fit` says " +
    'whether an image of that size stays within the quotas, and which stores accept it. `sizeBytes` is in bytes, but quotas of sizes are ' +
    'in MiB (1048576 bytes), rounded down. Without limits `enabled` is false, or a quota is `unlimited`. The numbers are meaningless ' +
    'unless `scope` is `PROJECT` or `UNKNOWN`: the token must be scoped to a project.',
  document: `query McpImageQuota($region: ID) {
    info(region: $region) {
      region { id }
      usage {
        enabled
        scope
        projectId
        imageSizeTotal { usage limit unlimited remaining unit }
        imageStageTotal { usage limit unlimited remaining unit }
        imageCountTotal { usage limit unlimited remaining unit }
        imageCountUploading { usage limit unlimited remaining unit }
      }
      stores { id default readOnly }
    }
  }`,
};

export const REGIONS: ToolOperation = {
  tool: 'list_regions',
  title: 'Regions',
  description:
    'Lists the regions of the cloud that have an Image service, the default region first. Their ids are what other tools accept as `region`.',
  document: 'query McpRegions { imageRegions { id } }',
};

export const STORE_DETAILS: ToolOperation = {
  tool: 'get_store_details',
  title: 'Stores in detail',
  description:
    'For operators: lists the stores with their drivers, weights and settings. Requires a project-scoped token with the admin role; ' +
    'other tokens get `FORBIDDEN`. For the names of stores alone, call `get_upload_options`, which every token may.',
  document: `query McpStoreDetails($region: ID) {
    info(region: $region) {
      region { id }
      storesDetail { id description default readOnly type weight properties { raw } }
    }
  }`,
};

export const ACCESS: ToolOperation = {
  tool: 'get_access',
  title: 'Access of the token',
  description:
    "Reports what Keystone says about the user's token: its scope, project and roles, when it expires, and the requests that it is " +
    'limited to. It explains why another tool failed with `FORBIDDEN`. `imageAccess` is null, without an error, in a cloud without Keystone.',
  document: `query McpAccess {
    imageAccess { scope projectId projectName roles expiresAt accessRules { service method path } }
  }`,
};
