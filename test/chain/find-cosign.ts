import { readSettings } from '../../embedded/config.ts'
import { createReport } from '../../embedded/report.ts'
import { locate } from '../../embedded/resolve/locate.ts'
import { obtain } from '../../embedded/resolve/resolve.ts'
import { ProcessError, run } from '../../process/run.ts'

/** The tests of everything else must not wait longer for it where it has to be built first. */
const limitMs = 6 * 60_000

/** What the stock cosign makes of an image, asked with the public key in a file. */
export interface Cosign {
  verify(image: string, ...options: readonly string[]): Promise<CosignAnswer>
  verifyAttestation(image: string, ...options: readonly string[]): Promise<CosignAnswer>
}

interface CosignAnswer {
  readonly accepted: boolean
  readonly output: string
  readonly complaint: string
}

interface CosignOptions {
  /** PEM file. */
  readonly key: string
  readonly home: string
  readonly registry: { readonly username: string; readonly password: string }
}

/** Path of the stock cosign; `undefined`, with the reason on the terminal, where it cannot be built in time. */
export async function findCosign(): Promise<string | undefined> {
  const settings = readSettings().resolve
  const report = createReport(process.stdout)
  const found = await locate('cosign', settings)
  if (found !== undefined) return found.binaries['cosign']
  const signal = AbortSignal.timeout(limitMs)
  try {
    return (await obtain('cosign', settings, report, signal)).binaries['cosign']
  } catch (error) {
    if (!signal.aborted) throw error
    report.say(`cosign is not in the cache and was not built within ${limitMs / 60_000} minutes`)
    return undefined
  }
}

export function createCosign(path: string, { key, home, registry }: CosignOptions): Cosign {
  const { username, password } = registry
  const login = ['--registry-username', username, '--registry-password', password]
  const ask = async (command: string, image: string, options: readonly string[]) => {
    const about = ['--key', key, '--insecure-ignore-tlog=true', ...login, ...options]
    try {
      const { stdout, stderr } = await run(path, [command, ...about, image], {
        limitMs: 60_000,
        environment: { PATH: '/usr/bin:/bin', HOME: home },
      })
      return { accepted: true, output: stdout, complaint: stderr }
    } catch (error) {
      if (!(error instanceof ProcessError)) throw error
      return { accepted: false, output: '', complaint: error.message }
    }
  }
  return {
    verify: async (image, ...options) => ask('verify', image, options),
    verifyAttestation: async (image, ...options) => ask('verify-attestation', image, options),
  }
}
