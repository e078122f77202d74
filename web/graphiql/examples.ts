/** The operations that GraphiQL shows at first, one in each tab. */
export const EXAMPLES = [
  `# Import methods, stores and quotas.
# Enter your Keystone token under "Headers" below,
# then press Ctrl-Enter.
query ImageOptions {
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
  `# Drivers and settings of the stores, for operators.
# Other tokens get FORBIDDEN.
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
  `# All quotas, and why a field may be null.
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
