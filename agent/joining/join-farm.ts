import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { pauseAfter } from '#contract/pause-after.ts'
import type { ProblemCode } from '#contract/problem.ts'
import { type ControlPlane, ControlPlaneError } from '../control-plane.ts'
import { type Authority, OtherAuthority } from './authority.ts'
import type { Credential } from './credential.ts'

export interface JoiningDeps {
  readonly controlPlane: Pick<ControlPlane, 'join' | 'renewCredential'>
  readonly credential: Credential
  readonly authority: Pick<Authority, 'pin'>
  readonly log: Logger
  readonly random: () => number
}

export interface Joining {
  readonly nodeId: string
  readonly name: string
  /** That an operator made for this node. */
  readonly token: string | undefined
  readonly server: URL
}

/** The farm does not let this node in, and only an operator can change that. */
export class NotAdmitted extends Error {
  override readonly name = 'NotAdmitted'
}

const pauses = { firstMs: 1_000, maxMs: 15_000 }

/**
 * Gets a credential: in exchange for the one that the node has, else for the token that it was given. Waits for a server
 * that does not answer, and tells it nothing before it has proved to be the one that the token is of.
 * @throws NotAdmitted when it answers that this node is not to join, or is another.
 */
export async function joinFarm(
  deps: JoiningDeps,
  joining: Joining,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      if (joining.token !== undefined) await deps.authority.pin(joining.server, joining.token)
      return await deps.credential.keep(await obtain(deps, joining))
    } catch (error) {
      if (isRefusal(error)) throw notAdmitted(error)
      if (error instanceof OtherAuthority) throw new NotAdmitted(error.message, { cause: error })
      if (!(error instanceof ControlPlaneError)) throw error
      deps.log.warn({ err: error }, 'cannot join yet')
      await sleep(pauseAfter(pauses, tries, deps.random()), undefined, { signal })
    }
  }
}

async function obtain({ controlPlane, credential, log }: JoiningDeps, joining: Joining) {
  const { nodeId, name, token } = joining
  if (credential.current() !== '') {
    try {
      return await controlPlane.renewCredential(nodeId)
    } catch (error) {
      if (token === undefined || !isRefusal(error)) throw error
      log.warn('the credential of this node is no longer taken: joining anew')
    }
  }
  if (token === undefined) {
    throw new NotAdmitted('KILN_JOIN_TOKEN is not set, and this node has not joined before')
  }
  return controlPlane.join({ token, node_id: nodeId, name })
}

/** Whatever else is answered, as by a proxy on the way, may be otherwise the next time. */
const refusals: ReadonlySet<string | undefined> = new Set<ProblemCode>([
  'unauthenticated',
  'join_refused',
  'node_joined',
  'upgrade_required',
])

/** Whether the server has answered that this node is not to be let in. */
export function isRefusal(error: unknown): error is ControlPlaneError {
  return error instanceof ControlPlaneError && refusals.has(error.code)
}

export function notAdmitted(error: ControlPlaneError): NotAdmitted {
  const { code, detail, message } = error
  const needsToken = code !== ('upgrade_required' satisfies ProblemCode)
  const advice = needsToken ? ['set KILN_JOIN_TOKEN to a new token for joining'] : []
  const words = [message, ...(detail === undefined ? [] : [detail]), ...advice]
  return new NotAdmitted(words.join(': '), { cause: error })
}
