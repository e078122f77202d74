/** The variables that name a cloud, and decide where and how tokens travel. */
import { certificateFile, path } from './file-parsers.ts';
import {
  boolean,
  type Declare,
  endpoint,
  endpointInterface,
  endpoints,
  flag,
  hosts,
  name,
  noProxy,
  proxy,
} from './parsers.ts';

export function declareCloudVariables(variable: Declare) {
  return {
    glanceEndpoint: variable.optional(
      'GLANCE_URL',
      'The Image endpoint of a single region, with or without a trailing `/v2`',
      endpoint,
    ),
    glanceEndpoints: variable.optional(
      'GLANCE_ENDPOINTS',
      'The Image endpoints of several regions, without Keystone: a JSON object that maps region names to endpoints',
      endpoints,
    ),
    authEndpoint: variable.optional(
      'OS_AUTH_URL',
      'The URL of Keystone, with or without a trailing `/v3`. The Image endpoint of each region is read from the service catalog of the caller’s token',
      endpoint,
    ),
    cloudName: variable.optional(
      'OS_CLOUD',
      'The name of a cloud in `clouds.yaml`, which is read as openstacksdk does; the variables here override it',
      name,
    ),
    cloudsFile: variable.optional(
      'OS_CLIENT_CONFIG_FILE',
      'The path of `clouds.yaml`. When not set, the file is searched in `.`, `~/.config/openstack` and `/etc/openstack`',
      path,
    ),
    secureFile: variable.optional(
      'OS_CLIENT_SECURE_FILE',
      'The path of `secure.yaml`. Its clouds are merged into those of `clouds.yaml`. When not set, it is searched in the same folders',
      path,
    ),
    defaultRegion: variable.optional(
      'OS_REGION_NAME',
      'The default region. When not set: `RegionOne` with `GLANCE_URL`, the first region of `GLANCE_ENDPOINTS`, or the first of the catalog by name',
      name,
    ),
    interface: variable.optional(
      'OS_INTERFACE',
      'The interface of the endpoints in the catalog. When not set: `public`',
      endpointInterface,
    ),
    endpointType: variable.optional(
      'OS_ENDPOINT_TYPE',
      'The older name of `OS_INTERFACE`, which has precedence',
      endpointInterface,
    ),
    imageOverride: variable.optional(
      'OS_IMAGE_ENDPOINT_OVERRIDE',
      'The Image endpoint to use instead of that of the catalog. Tokens are still looked up in Keystone',
      endpoint,
    ),
    endpointHosts: variable.optional(
      'ENDPOINT_HOSTS',
      'The hosts in a catalog that tokens may be sent to, in addition to Keystone’s own host. When not set: all hosts of Keystone’s registered domain',
      hosts,
    ),
    allowHttp: variable('ALLOW_HTTP_ENDPOINTS', 'Use http endpoints even when Keystone’s URL is https', flag, '0'),
    certificates: variable.optional(
      'OS_CACERT',
      'A file of CA certificates to trust for https upstreams, in addition to those that Node trusts by default, with `NODE_EXTRA_CA_CERTS` and `--use-system-ca`',
      certificateFile,
    ),
    insecure: variable.optional(
      'OS_INSECURE',
      'Do not check the certificates of https upstreams, so that an attacker on the network can read tokens. `NODE_ENV=production` rejects it',
      boolean,
    ),
    forceIpv4: variable.optional('OS_FORCE_IPV4', 'Connect to upstreams over IPv4 only', boolean),
    httpsProxy: variable.optional(
      'HTTPS_PROXY',
      'The forward proxy for https upstreams, which are reached through a tunnel (CONNECT)',
      proxy,
    ),
    httpProxy: variable.optional('HTTP_PROXY', 'The forward proxy for http upstreams, which reads tokens', proxy),
    noProxy: variable.optional(
      'NO_PROXY',
      'The upstreams without a proxy. Addresses of this machine never have one',
      noProxy,
    ),
  };
}
