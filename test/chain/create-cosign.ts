import { ProcessError, run } from '../../process/run.ts'

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
