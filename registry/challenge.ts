/** What a registry asks for in its header WWW-Authenticate. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer'
      /** Address of the token service. */
      readonly realm: string
      readonly service: string | undefined
      readonly scope: string | undefined
    }

/** The name of a scheme: at the start or after a comma, and before its first parameter, a comma or the end. */
const scheme = /(?<=^\s*|,\s*)[a-z][\w-]*(?=\s+[\w-]+\s*=|\s*(?:,|$))/gi

/**
 * A header may offer several ways: tokens are taken before the password, wherever they stand. `undefined` when it asks for
 * something that nobody here can give. Pure.
 */
export function parseChallenge(header: string): Challenge | undefined {
  const offers = splitChallenges(header)
  const bearer = offers.get('bearer')
  if (bearer === undefined) return offers.has('basic') ? { scheme: 'basic' } : undefined
  const fields = new Map(
    Array.from(bearer.matchAll(/(\w+)="([^"]*)"/g), ([, key = '', value = '']) => [key, value]),
  )
  const realm = fields.get('realm') ?? ''
  if (!URL.canParse(realm)) return undefined
  return { scheme: 'bearer', realm, service: fields.get('service'), scope: fields.get('scope') }
}

/** What a header offers, by scheme; of two of one scheme the first. */
function splitChallenges(header: string): ReadonlyMap<string, string> {
  // Commas and names within quotes are neither.
  const bare = header.replaceAll(/"[^"]*"/g, (quoted) => `"${'.'.repeat(quoted.length - 2)}"`)
  const found = [...bare.matchAll(scheme)]
  const offers = found.map(({ 0: name, index }, at): [string, string] => [
    name.toLowerCase(),
    header.slice(index, found[at + 1]?.index),
  ])
  return new Map(offers.toReversed())
}
