import { ApolloServerErrorCode } from '@apollo/server/errors';

/** The most characters of a response. */
const MAX_RESPONSE_CHARACTERS = 2 * 1024 * 1024;

const TOO_LARGE = `${JSON.stringify({
  errors: [
    {
      message: `The response has more than ${MAX_RESPONSE_CHARACTERS} characters; select fewer fields.`,
      extensions: { code: ApolloServerErrorCode.BAD_REQUEST },
    },
  ],
})}\n`;

/** The body, or one error in place of a body that is too large. */
export function limitResponse(body: string): string {
  return isTooLarge(body) ? TOO_LARGE : body;
}

/** Whether a body is the error of `limitResponse`. */
export const isTooLargeError = (body: unknown) => body === TOO_LARGE;

export const isTooLarge = (body: string) => body.length > MAX_RESPONSE_CHARACTERS;
