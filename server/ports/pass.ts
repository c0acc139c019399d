import { timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { macOf } from '../secrets/mac.ts'

const pass = z.object({
  /** A ticket is shown once, in an address; the cookie that it is changed for is shown each time. */
  kind: z.enum(['ticket', 'cookie']),
  environment: z.string(),
  port: z.number(),
  /** Whose it is; `null` for who is an operator without being a user. */
  user: z.number().nullable(),
  /** By which session of a browser, or else by which token, they were let in: it ends with that. */
  session: z.string().nullable().default(null),
  token: z.string().nullable().default(null),
  /** In ms since 1970. */
  until: z.number(),
})

/** What lets one browser to one port of one environment. */
export type Pass = z.infer<typeof pass>

/** A pass that nobody else can make. Pure. */
export function writePass(key: Uint8Array, content: Pass): string {
  const text = Buffer.from(JSON.stringify(content)).toString('base64url')
  return `${text}.${macOf(key, text).toString('base64url')}`
}

/** `undefined` for what is none, is of another kind or port, or has expired. Pure. */
export function readPass(
  key: Uint8Array,
  text: string,
  wanted: Pick<Pass, 'kind' | 'environment' | 'port'> & { readonly now: number },
): Pass | undefined {
  const [content = '', mac = ''] = text.split('.')
  const [given, right] = [Buffer.from(mac, 'base64url'), macOf(key, content)]
  if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined
  const found = pass.parse(JSON.parse(Buffer.from(content, 'base64url').toString()))
  const isIt =
    found.kind === wanted.kind &&
    found.environment === wanted.environment &&
    found.port === wanted.port
  return isIt && found.until > wanted.now ? found : undefined
}
