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

/** `undefined` when the header asks for something that nobody here can give. Pure. */
export function parseChallenge(header: string): Challenge | undefined {
  if (/^basic\b/i.test(header)) return { scheme: 'basic' }
  if (!/^bearer\b/i.test(header)) return undefined
  const fields = new Map(
    Array.from(header.matchAll(/(\w+)="([^"]*)"/g), ([, key = '', value = '']) => [key, value]),
  )
  const realm = fields.get('realm') ?? ''
  if (!URL.canParse(realm)) return undefined
  return { scheme: 'bearer', realm, service: fields.get('service'), scope: fields.get('scope') }
}
