import { setTimeout as sleep } from 'node:timers/promises'

const firstPauseMs = 50
const lastPauseMs = 400
const growth = 1.2

/**
 * Reads again until `wanted` says yes; a server that is away at the moment is asked again. The pauses grow: several tests
 * that each look 20 times a second would take half of a processor from the farm that they wait for.
 */
export async function lookUntil<Seen>(
  read: () => Promise<Seen>,
  wanted: (seen: Seen) => boolean,
  limitMs: number,
): Promise<Seen> {
  const deadline = Date.now() + limitMs
  for (let pause = firstPauseMs; ; pause = Math.min(pause * growth, lastPauseMs)) {
    const seen = await read().catch(() => undefined)
    if (seen !== undefined && wanted(seen)) return seen
    if (Date.now() > deadline) throw new Error(`not in time: ${JSON.stringify(seen)}`)
    await sleep(pause)
  }
}
