import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { Webhook } from 'standardwebhooks'
import { AddressRefused, pinAddress, type Resolve } from './public-address.ts'

export interface Message {
  readonly id: string
  readonly url: string
  /** The body, byte for byte the same at each try. */
  readonly payload: string
  /** In the form of `whsec_…`; the first is the one that stays. */
  readonly secrets: readonly string[]
}

export interface SendRules {
  readonly allowedHosts: readonly string[]
  readonly resolve: Resolve
  readonly now: () => number
  readonly limitMs: number
  readonly signal: AbortSignal
}

/** What came of a try. `status` is `null` when nothing answered; `problem` is absent when it was taken. */
export interface Outcome {
  readonly status: number | null
  readonly problem?: string
}

/**
 * Sends a message once, signed as Standard Webhooks says. Redirects are not followed, and nothing of the answer is read but
 * its status: whoever owns the address learns nothing of what else the farm could reach.
 */
export async function sendDelivery(message: Message, rules: SendRules): Promise<Outcome> {
  const until = AbortSignal.any([rules.signal, AbortSignal.timeout(rules.limitMs)])
  try {
    const status = await post(message, rules, until)
    if (status >= 200 && status < 300) return { status }
    return { status, problem: `answered with ${status}` }
  } catch (error) {
    return { status: null, problem: describe(error) }
  }
}

async function post(
  { id, url: address, payload, secrets }: Message,
  { allowedHosts, resolve, now }: SendRules,
  signal: AbortSignal,
): Promise<number> {
  const url = new URL(address)
  const pinned = await pinAddress(url, allowedHosts, resolve)
  const at = new Date(now())
  const send = url.protocol === 'https:' ? requestTls : requestPlain
  const { promise, resolve: answered, reject } = Promise.withResolvers<number>()
  const sending = send(
    url,
    {
      method: 'POST',
      signal,
      agent: false,
      // The address that was judged, whatever the name means by now.
      lookup: (_, options, found) =>
        options.all === true ? found(null, [pinned]) : found(null, pinned.address, pinned.family),
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(payload),
        'user-agent': 'kiln-webhooks',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': secrets
          .map((secret) => new Webhook(secret).sign(id, at, payload))
          .join(' '),
      },
    },
    (answer) => {
      answered(answer.statusCode ?? 0)
      answer.destroy()
    },
  )
  sending.on('error', reject)
  sending.end(payload)
  return promise
}

const words: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name leads nowhere',
  EAI_AGAIN: 'the name cannot be looked up now',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  ABORT_ERR: 'it took too long',
}

/** For the project's admins: of what is inside the farm no text is handed on. */
function describe(error: unknown): string {
  if (error instanceof AddressRefused) return error.message
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (/CERT|SSL|TLS/.test(code)) return `the certificate was not accepted (${code})`
  return words[code] ?? 'it could not be reached'
}
