/** The error of a request for a document that is not among the trusted ones. */
export class UntrustedDocument extends Error {
  override name = 'UntrustedDocument' as const;
  readonly statusCode = 400;
  readonly code: 'PERSISTED_QUERY_NOT_IN_LIST' | 'QUERY_NOT_IN_SAFELIST';

  constructor(code: UntrustedDocument['code'], message: string) {
    super(message);
    this.code = code;
  }
}
