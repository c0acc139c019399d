import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** Where a Temporal is, and what it takes to be let in. */
export const temporalVariables = {
  KILN_TEMPORAL_ADDRESS: z.string().min(1),
  KILN_TEMPORAL_NAMESPACE: z.string().min(1).default('kiln'),
  /** `true` where it is reached by TLS. Each of the variables below says so, too. */
  KILN_TEMPORAL_TLS: z.enum(['true', 'false']).optional(),
  /** In PEM: its authority, where that is none of the system's. */
  KILN_TEMPORAL_CA_FILE: z.string().min(1).optional(),
  /** In PEM: the certificate that it knows Kiln by, and its key. */
  KILN_TEMPORAL_CERT_FILE: z.string().min(1).optional(),
  KILN_TEMPORAL_KEY_FILE: z.string().min(1).optional(),
  /** The name in its certificate, where its address has another. */
  KILN_TEMPORAL_SERVER_NAME: z.string().min(1).optional(),
  KILN_TEMPORAL_API_KEY: z.string().min(1).optional(),
  KILN_TEMPORAL_API_KEY_FILE: z.string().min(1).optional(),
}

const environment = z.object(temporalVariables)

/** As the SDK's connections take it. */
export interface TemporalAccess {
  readonly tls?: {
    readonly serverRootCACertificate?: Buffer
    readonly serverNameOverride?: string
    readonly clientCertPair?: { readonly crt: Buffer; readonly key: Buffer }
  }
  readonly apiKey?: string
}

/** @throws where the variables contradict each other, or a file cannot be read. */
export function readTemporalAccess(
  e: Omit<z.infer<typeof environment>, 'KILN_TEMPORAL_ADDRESS' | 'KILN_TEMPORAL_NAMESPACE'>,
): TemporalAccess {
  const ca = e.KILN_TEMPORAL_CA_FILE
  const serverName = e.KILN_TEMPORAL_SERVER_NAME
  const pair = readPair(e.KILN_TEMPORAL_CERT_FILE, e.KILN_TEMPORAL_KEY_FILE)
  const apiKey = readApiKey(e.KILN_TEMPORAL_API_KEY, e.KILN_TEMPORAL_API_KEY_FILE)
  const needsTls = [ca, serverName, pair, apiKey].some((given) => given !== undefined)
  if (e.KILN_TEMPORAL_TLS === 'false' && needsTls) {
    throw new Error('KILN_TEMPORAL_TLS is false, but what is only sent by TLS is given')
  }
  if (e.KILN_TEMPORAL_TLS !== 'true' && !needsTls) return {}
  return {
    tls: {
      ...(ca !== undefined && { serverRootCACertificate: readFileSync(ca) }),
      ...(serverName !== undefined && { serverNameOverride: serverName }),
      ...(pair !== undefined && { clientCertPair: pair }),
    },
    ...(apiKey !== undefined && { apiKey }),
  }
}

/** Of a program that is told of Temporal by its arguments. */
export function readTemporalAccessAlone(
  env: Readonly<Record<string, string | undefined>>,
): TemporalAccess {
  return readTemporalAccess(environment.partial().parse(env))
}

function readPair(cert: string | undefined, key: string | undefined) {
  if (cert !== undefined && key !== undefined) {
    return { crt: readFileSync(cert), key: readFileSync(key) }
  }
  if (cert === undefined && key === undefined) return undefined
  throw new Error('KILN_TEMPORAL_CERT_FILE and KILN_TEMPORAL_KEY_FILE belong together')
}

function readApiKey(key: string | undefined, file: string | undefined): string | undefined {
  if (file === undefined) return key
  if (key !== undefined) {
    throw new Error('KILN_TEMPORAL_API_KEY and KILN_TEMPORAL_API_KEY_FILE are one too many')
  }
  return readFileSync(file, 'utf8').trim()
}
