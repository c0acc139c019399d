import { createHmac, randomBytes } from 'node:crypto'
import type { AttemptRef, BuildPlan } from '#contract/build.ts'
import type { RegistryLogin as GivenLogin } from '#contract/registry-login.ts'
import { grpcCode } from '../buildkit/error.ts'
import { ServedError } from '../buildkit/rpc/serve.ts'
import type { Credentials } from '../buildkit/session/auth.ts'
import { type ControlPlane, ControlPlaneError } from '../control-plane.ts'
import { askAgain } from './ask-again.ts'

/** A daemon waits for a minute. */
const limitMs = 45_000

/** How one solve logs in to the registry of its plan. */
export interface SolveLogin {
  readonly credentials: Credentials
  /** Why the server gave no login, where it was asked for one last. */
  problem(): ControlPlaneError | undefined
}

export type RegistryLogin = (plan: BuildPlan, signal: AbortSignal) => SolveLogin

interface LoginDeps {
  readonly controlPlane: Pick<ControlPlane, 'logInToRegistry'>
  readonly random: () => number
}

/**
 * Has the server log in for each attempt: the password of the registry is nowhere on this node, as long as the registry
 * gives tokens. The solves of an attempt share them; those of two attempts never do, since each may do other things.
 */
export function createRegistryLogin({ controlPlane, random }: LoginDeps): RegistryLogin {
  const key = randomBytes(32)
  return (plan, signal) => {
    const attempt: AttemptRef = { buildId: plan.build_id, attempt: plan.attempt }
    return logInThrough(async (scopes) => controlPlane.logInToRegistry(attempt, scopes), {
      host: plan.registry.host,
      seed: createHmac('sha256', key).update(JSON.stringify(attempt)).digest(),
      random,
      signal,
    })
  }
}

interface Through {
  readonly host: string
  /** Solves with the same one share their tokens. */
  readonly seed: Uint8Array
  readonly random: () => number
  readonly signal: AbortSignal
}

/** A login to one registry by way of the server, which is asked each time that a daemon needs it. */
export function logInThrough(
  logIn: (scopes: readonly string[]) => Promise<GivenLogin>,
  { host, seed, random, signal }: Through,
): SolveLogin {
  let problem: ControlPlaneError | undefined
  const ask = async (scopes: readonly string[]) => {
    try {
      const given = await askAgain(async () => logIn(scopes), { random, signal, limitMs })
      problem = undefined
      return given
    } catch (error) {
      if (error instanceof ControlPlaneError) problem = error
      // The solve fails with the same code, so it must not be the one of a daemon that is lost.
      throw new ServedError(grpcCode.unknown, 'the farm gave no login to its registry')
    }
  }
  return {
    problem: () => problem,
    credentials: {
      [host]: {
        seed,
        fetchToken: async ({ scopes }) => {
          const login = await ask(scopes)
          if (login.kind === 'token')
            return { token: login.token, expiresIn: BigInt(login.expires_in), issuedAt: 0n }
          throw new ServedError(grpcCode.unknown, 'the registry of the farm gives no tokens')
        },
        readBasic: async () => {
          const login = await ask([])
          if (login.kind !== 'password') return { username: '', secret: '' }
          return { username: login.username, secret: login.password }
        },
      },
    },
  }
}
