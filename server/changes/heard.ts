import type { FarmChange } from '#contract/answers.ts'
import type { Listener } from '../../records/listen.ts'

/** Ids that are kept of one kind until they are taken; with more, everything is to be looked at again. */
const maxIds = 200

/** What a reader has not been told yet. */
interface Heard extends Disposable {
  take(): FarmChange
}

/** Listens to the channels of the farm. @param wake is called on whatever there is to tell. */
export function createHeard(listener: Listener, wake: () => void): Heard {
  const builds = new Set<string>()
  const environments = new Set<string>()
  let [images, fleet, missed] = [false, false, false]
  const keep = (ids: Set<string>) => (id: string) => {
    if (id === '' || ids.size >= maxIds) missed = true
    else ids.add(id)
    wake()
  }
  const listening = new DisposableStack()
  listening.use(listener.on('kiln_build', keep(builds)))
  listening.use(listener.on('kiln_environments', keep(environments)))
  for (const channel of ['kiln_moves', 'kiln_deletions'] as const) {
    listening.use(listener.on(channel, () => ((images = true), wake())))
  }
  listening.use(listener.on('kiln_placement', () => ((fleet = true), wake())))
  return {
    take: () => {
      const change = { builds: [...builds], environments: [...environments], images, fleet, missed }
      builds.clear()
      environments.clear()
      images = fleet = missed = false
      return change
    },
    [Symbol.dispose]: () => listening.dispose(),
  }
}
