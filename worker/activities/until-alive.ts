import { failBuild } from './fail.ts'
import type { Reference } from './pin-image.ts'

/** A name may move on while it is resolved, so that what it meant a moment ago may be deleted. */
const rounds = 3

/**
 * Resolves again as long as that comes to images that are being deleted: a name means another version by then.
 * @param resolve answers with those that are. @throws the failure `base_not_found` when they stay so.
 */
export async function untilAlive(resolve: () => Promise<readonly Reference[]>): Promise<void> {
  for (let round = 1; ; round += 1) {
    const [gone] = await resolve()
    if (gone === undefined) return
    if (round < rounds) continue
    const { reference, line } = gone
    const message = `${reference} is deleted`
    throw failBuild({ code: 'base_not_found', message, ...(line !== undefined && { line }) })
  }
}
