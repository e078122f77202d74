const PASSED_ON = ['x-auth-token', 'authorization', 'x-openstack-request-id'];

/** Hive Gateway forwards no headers unless configured. */
export const gatewayConfig = {
  propagateHeaders: {
    fromClientToSubgraphs({ request }: { readonly request: Request }): Record<string, string> {
      const headers: Record<string, string> = {};
      for (const name of PASSED_ON) {
        const value = request.headers.get(name);
        if (value !== null) headers[name] = value;
      }
      return headers;
    },
  },
};
