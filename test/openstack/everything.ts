/** A query of every call, compared with Glance's REST responses to the same token. */
import { expect } from 'vitest';
import type { TestGateway } from '../gateway.ts';
import type { Service } from './processes.ts';
import { errorsOf, expectedErrors, expectedInfo, fetchRest } from './rest.ts';

export const EVERYTHING = `{
  info {
    apiVersions { id status }
    importMethods { description type value }
    stores { id description default readOnly }
    storesDetail {
      id description default readOnly type weight
      properties { __typename raw ... on FileStoreProperties { dataDir chunkSize thinProvisioning } }
    }
    usage {
      enabled scope projectId
      quotas { name usage limit unlimited remaining unit }
      imageSizeTotal { usage limit } imageStageTotal { usage limit } imageCountTotal { usage limit } imageCountUploading { usage limit }
    }
    availability { importMethods stores storesDetail usage }
  }
}`;

export async function expectDataOfRest(
  gateway: TestGateway,
  glance: Service,
  token: string | undefined,
): Promise<void> {
  const response = await gateway.query(EVERYTHING, token === undefined ? {} : { token });
  const rest = await fetchRest(glance, token);
  expect(response.status).toBe(200);
  expect(response.data).toEqual({ info: expectedInfo(rest) });
  expect(errorsOf(response)).toEqual(expectedErrors(rest));
  expect(JSON.stringify([response, [...response.headers]])).not.toMatch(/127\.0\.0\.1|keystone uri/i);
}
