/** Operations to start from. */
export interface Example {
  readonly title: string;
  readonly query: string;
  /** JSON; empty for none. */
  readonly variables: string;
}

/** The first is what a new browser opens. */
export const EXAMPLES: readonly Example[] = [
  {
    title: 'What can I upload, and where?',
    query: `# Press Ctrl-Enter to run it.
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
    variables: '',
  },
  {
    title: 'One region, by variable',
    query: `# The region is a variable, in the pane below.
query OneRegion($region: ID!) {
  info(region: $region) {
    stores {
      id
      description
    }
    usage {
      quotas {
        name
        usage
        limit
        unit
      }
    }
  }
}
`,
    variables: '{\n  "region": "RegionOne"\n}',
  },
  {
    title: 'All regions, and what each offers',
    query: `# A field that fails is null; availability says why.
query AllRegions {
  imageRegions {
    id
    info {
      apiVersions {
        id
        status
      }
      availability {
        importMethods
        stores
        storesDetail
        usage
      }
    }
  }
}
`,
    variables: '',
  },
  {
    title: 'Stores with types and settings, for operators',
    query: `# Other tokens get FORBIDDEN.
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
    variables: '',
  },
  {
    title: 'Who am I, and until when?',
    query: `# What Keystone reports about the token.
query Access {
  imageAccess {
    scope
    projectName
    roles
    expiresAt
    accessRules {
      service
      method
      path
    }
  }
}
`,
    variables: '',
  },
];
