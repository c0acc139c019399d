import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { connect, type DetailedPeerCertificate } from 'node:tls'
import { isErrno } from '#contract/errno.ts'
import { authorityOf } from '#contract/join-token.ts'
import { ControlPlaneError } from '../control-plane.ts'

/** The authority that the farm's servers are certified by. It lies in the agent's directory. */
export interface Authority {
  /** In PEM; `undefined` where those that the system knows decide. */
  current(): string | undefined
  /**
   * Learns the authority that a token for joining names, by its hash, from the server: nothing is sent to that.
   * @throws OtherAuthority when the server does not show it, ControlPlaneError when it does not answer.
   */
  pin(server: URL, token: string): Promise<void>
}

/** The server is not the one that the token for joining was made by. */
export class OtherAuthority extends Error {
  override readonly name = 'OtherAuthority'
}

const limitMs = 10_000

/** @param given file in PEM that says which it is, whatever a token names. */
export async function openAuthority(
  directory: string,
  given: string | undefined,
): Promise<Authority> {
  const path = join(directory, 'authority.pem')
  if (given !== undefined) {
    const held = await readFile(given, 'utf8')
    return { current: () => held, pin: async () => undefined }
  }
  return holdAuthority(await readIfThere(path), async (learned) => {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await writeFile(`${path}.new`, learned, { mode: 0o600 })
    await rename(`${path}.new`, path)
  })
}

/** @param known from before, if it is. @param keep stores one that was learned. */
export function holdAuthority(
  known: string | undefined,
  keep: (learned: string) => Promise<void>,
): Authority {
  let held = known
  return {
    current: () => held,
    pin: async (server, token) => {
      const hash = authorityOf(token)
      if (hash === undefined) return
      if (held !== undefined && hashOf(new X509Certificate(held).raw) === hash) return
      const learned = await learn(server, hash)
      await keep(learned)
      held = learned
    },
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  })
}

async function learn(server: URL, hash: string): Promise<string> {
  if (server.protocol !== 'https:') {
    const message = `the token for joining is for a server that is reached by https, and KILN_SERVER_URL is ${server.origin}`
    throw new OtherAuthority(message)
  }
  const shown = await readShown(server)
  const found = shown.find((raw) => hashOf(raw) === hash)
  if (found !== undefined) return new X509Certificate(found).toString()
  const message = `${server.origin} is not the server that made the token for joining, or somebody stands between: its authority is another`
  throw new OtherAuthority(message)
}

/** The certificates that a server shows. Nothing else is said to it: who it is comes to light by them. */
async function readShown(server: URL): Promise<readonly Buffer[]> {
  const host = server.hostname.replace(/^\[|\]$/g, '')
  const socket = connect({
    host,
    port: Number(server.port || 443),
    servername: isIP(host) ? '' : host,
    ALPNProtocols: ['http/1.1'],
    // What is shown is compared with the hash, and trusted only when it is the same.
    rejectUnauthorized: false,
  })
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(limitMs) })
    return chainOf(socket.getPeerCertificate(true))
  } catch (error) {
    throw new ControlPlaneError('TLS', undefined, undefined, { cause: error })
  } finally {
    socket.destroy()
  }
}

function chainOf(first: DetailedPeerCertificate): readonly Buffer[] {
  const chain: Buffer[] = []
  let certificate: DetailedPeerCertificate | undefined = first
  while (certificate !== undefined) {
    chain.push(certificate.raw)
    const { issuerCertificate: issuer }: DetailedPeerCertificate = certificate
    certificate = issuer === certificate ? undefined : issuer
  }
  return chain
}

function hashOf(raw: Uint8Array): string {
  return createHash('sha256').update(raw).digest('hex')
}
