import { isToken, mintToken } from './token.ts'

/** Of the secret, what is shown of a token: enough to find it again, nothing to guess the rest from. */
const shownCharacters = 8

/** A new token, which is shown once, and what it is known by afterwards. */
export function makeApiToken(random: (bytes: number) => Buffer) {
  const token = mintToken('api', random)
  return { token, prefix: prefixOf(token) }
}

/** Whether a text can be a token at all: one that was mistyped or cut short is refused without asking the database. */
export function isApiToken(text: string): boolean {
  return text.startsWith('kiln_api_') && isToken(text)
}

export function prefixOf(token: string): string {
  return token.slice(0, 'kiln_api_'.length + shownCharacters)
}
