import { atOnce } from '../../records/at-once.ts'
import type { Db } from '../../records/connect.ts'
import { enterStage, type StageEntry } from '../../records/stages.ts'
import { failBuild } from './fail.ts'

/**
 * Moves the build to a stage. @throws the failure `stale_attempt` when a newer attempt decides or the build has ended, and an
 * error that says nothing of the build when it was to be moved on from one stage alone and is in another.
 */
export async function requireStage(db: Db, entry: StageEntry): Promise<void> {
  if (await enterStage(db, entry)) return
  if (entry.from !== undefined) throw new Error(`the build is not in the stage ${entry.from}`)
  throw failBuild({ code: 'stale_attempt', message: 'a newer attempt decides' })
}

/** The same, with what is read by the same trip. */
export async function requireStageWith<T>(
  db: Db,
  entry: StageEntry,
  read: (db: Db) => Promise<T>,
): Promise<T> {
  return atOnce(db, async (own) => {
    const staged = requireStage(own, entry)
    // What is read says more of why the build is in another stage.
    const [found] = await Promise.allSettled([read(own), staged])
    if (found.status === 'rejected') throw found.reason
    await staged
    return found.value
  })
}
