import type { Logger } from 'pino'
import { pauseAfter } from '#contract/pause-after.ts'
import {
  claimMove,
  type DueMove,
  makeMove,
  markTagged,
  postponeMove,
  refuseMove,
} from '../../records/moves.ts'
import { RegistryError } from '../../registry/error.ts'
import { checkComplete } from './check-complete.ts'
import { tagName, type TagDeps } from './tag-name.ts'

export interface MoveDeps extends TagDeps {
  readonly log: Logger
  readonly random: () => number
}

/** Longest work on one move; whoever takes it has died by then. */
const leaseMs = 5 * 60_000
/** About ten minutes. A name that has moved is tagged for as long as it takes. */
const maxTries = 12
const pauses = { firstMs: 1_000, maxMs: 60_000 }

/**
 * Makes one move that was asked for: the version is looked for in the registry first, whole, then the name moves, then its
 * tag. @returns whether there may be another one.
 */
export async function moveNext(deps: MoveDeps): Promise<boolean> {
  const move = await claimMove(deps.db, leaseMs)
  if (move === undefined) return false
  try {
    await makeOrRefuse(deps, move)
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error
    deps.log.warn({ err: error, move: move.id, tries: move.tries }, 'move')
    if (move.state === 'pending' && move.tries >= maxTries) {
      await refuseMove(deps.db, move, 'registry_unavailable')
    } else await postponeMove(deps.db, move.id, pauseAfter(pauses, move.tries, deps.random()))
  }
  return true
}

async function makeOrRefuse(deps: MoveDeps, move: DueMove): Promise<void> {
  const { db, own } = deps
  const { id, imageId, repository, digest } = move
  if (move.state === 'pending') {
    const lack = await checkComplete(own.client, `${own.prefix}/${repository}`, digest)
    if (lack !== undefined) return refuseMove(db, move, lack.refusal)
    await makeMove(db, move)
  }
  await tagName(deps, imageId)
  await markTagged(db, id)
}
