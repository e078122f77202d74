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

/** The JSON of a response, or of one error. A response that is too large is not serialized. */
export function stringifyWithinLimit(response: object): string {
  return charactersLeft(response, MAX_RESPONSE_CHARACTERS) < 0
    ? TOO_LARGE
    : limitResponse(`${JSON.stringify(response)}\n`);
}

/** Subtracts at most the characters of a value as JSON, and stops below 0. */
function charactersLeft(value: unknown, characters: number): number {
  if (typeof value === 'string') return characters - value.length;
  if (typeof value !== 'object' || value === null) return characters - 1;
  let left = characters;
  if (Array.isArray(value)) {
    for (const inner of value) {
      left = charactersLeft(inner, left - 1);
      if (left < 0) break;
    }
    return left;
  }
  for (const [key, inner] of Object.entries(value)) {
    left = charactersLeft(inner, left - 1 - key.length);
    if (left < 0) break;
  }
  return left;
}
