/** The operations that GraphiQL opens with, a tab each. */
export const EXAMPLES = [
  `# What may I do with images in this cloud?
# Put your Keystone token into "Headers" below,
# then press Ctrl-Enter.
query WhatMayIDo {
  info {
    importMethods {
      value
    }
    stores {
      id
      description
      default
      readOnly
    }
    usage {
      imageSizeTotal {
        usage
        limit
        remaining
        unit
      }
      imageCountTotal {
        usage
        limit
        remaining
      }
    }
  }
}
`,
  `# What operators see: the stores' drivers and settings.
# Other tokens get FORBIDDEN here.
query StoresInDetail {
  info {
    storesDetail {
      id
      type
      weight
      default
      readOnly
      properties {
        __typename
        raw
        ... on RbdStoreProperties {
          pool
          chunkSize
        }
        ... on FileStoreProperties {
          dataDir
        }
      }
    }
  }
}
`,
  `# Every quota that the cloud enforces,
# and why a part may be missing.
query QuotasAndAvailability {
  info {
    region {
      id
    }
    usage {
      enabled
      quotas {
        name
        usage
        limit
        unlimited
        remaining
        unit
      }
    }
    availability {
      importMethods
      stores
      storesDetail
      usage
    }
    apiVersions {
      id
      status
    }
  }
}
`,
];
