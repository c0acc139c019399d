import type { Logger } from 'pino'
import { pauseAfter } from '#contract/pause-after.ts'
import type { Pool } from '../../records/connect.ts'
import {
  beginRemoval,
  claimDeletion,
  finishDeletion,
  holdDeletion,
  postponeDeletion,
  refuseDeletion,
} from '../../records/removals.ts'
import { RegistryError } from '../../registry/error.ts'
import type { OwnRegistry } from '../../registry/registries.ts'
import { heldClient, TakenOver } from './held-client.ts'
import { removeVersion } from './remove-version.ts'

export interface DeleteDeps {
  readonly db: Pool
  readonly own: OwnRegistry
  readonly log: Logger
  readonly random: () => number
}

/** Longest work on one; whoever takes it has died by then. */
const leaseMs = 5 * 60_000
const pauses = { firstMs: 5_000, maxMs: 60 * 60_000 }
/** About seven days: after the first ten tries they are an hour apart. */
const maxTries = 178

/**
 * Removes one version from the registry, once the time to undo it is over. A registry that does not answer is asked for
 * about a week. @returns whether there may be another one.
 */
export async function deleteNext({ db, own, log, random }: DeleteDeps): Promise<boolean> {
  const due = await claimDeletion(db, leaseMs)
  if (due === undefined) return false
  const begun = await beginRemoval(db, due)
  if (begun === undefined) return true
  try {
    const place = `${own.prefix}/${due.repository}`
    const client = heldClient(own.client, async () => holdDeletion(db, due, leaseMs))
    const removal = await removeVersion(client, place, due, begun)
    if (removal.removed) await finishDeletion(db, due, describe(begun, removal.tags))
    else {
      const detail = `it answers with ${removal.why.status}`
      await refuseDeletion(db, due, { refusal: 'registry_keeps', detail })
    }
  } catch (error) {
    if (error instanceof TakenOver) return true
    if (!(error instanceof RegistryError)) throw error
    log.warn({ err: error, deletion: due.id, tries: due.tries }, 'deletion')
    if (due.tries >= maxTries) {
      const detail = `after ${due.tries} tries: ${error.message}`
      await refuseDeletion(db, due, { refusal: 'registry_silent', detail })
    } else await postponeDeletion(db, due, pauseAfter(pauses, due.tries, random()))
  }
  return true
}

function describe({ shared }: { readonly shared: boolean }, kept: readonly string[]): string {
  return [
    ...(shared ? ['the manifest stays: another version is the same bytes'] : []),
    ...(kept.length > 0 ? [`the registry removes no tags by themselves: ${kept.join(', ')}`] : []),
  ].join('; ')
}
