import type { Begun } from '#contract/build.ts'
import type { ObserveStep } from '../observation/interceptors.ts'
import type { FirstSteps } from './activities/first-steps.ts'

export interface BeginBuilds {
  /** The activity; it ends with what was begun ahead where that is so. */
  readonly beginBuild: (buildId: string) => Promise<Begun>
  /**
   * Begins a build for which Temporal is just taking the workflow.
   * @param started settles with that: nothing is placed of which Temporal knows nothing.
   */
  readonly beginAhead: (buildId: string, started: Promise<void>) => void
}

export interface BeginDeps {
  readonly first: FirstSteps
  readonly observe: ObserveStep
  /** Monotonic, in ms. */
  readonly clock: () => number
  /** Does not keep the process. */
  readonly sleep: (ms: number) => Promise<void>
}

/** As many at once: of what comes in crowds each waits for its workflow, as there is no time to be won. */
const most = 8
/** A workflow that has not asked by then is another worker's. */
const keptMs = 30_000
/** What takes longer is left to an activity for each stage: nothing is placed that the workflow may not wait for. */
const patienceMs = 1_500

/** When the workflow has come to wait for it. */
interface Asked {
  at: number | undefined
}

interface Ahead {
  readonly asked: Asked
  readonly begun: Promise<Begun>
}

/**
 * Brings builds to their node in one go, if they can before their workflows ask for it. Each step moves the build on from the
 * stage before, and from no other, so that whatever else goes on with a build is never set back.
 */
export function createBeginBuilds({ first, observe, clock, sleep }: BeginDeps): BeginBuilds {
  const all = new Map<string, Ahead>()
  const begin = async (
    buildId: string,
    asked: Asked,
    ahead?: { readonly started: Promise<void> },
  ): Promise<Begun> => {
    const step = async <T>(name: keyof FirstSteps, work: () => Promise<T>) =>
      observe(name, buildId, work)
    const terms = await step('validateBuild', async () =>
      first.validateBuild(buildId, ahead && 'queued'),
    )
    await step('resolveBases', async () => first.resolveBases(buildId, 'validating'))
    await ahead?.started
    if (asked.at !== undefined && clock() - asked.at > patienceMs) throw new Error('takes long')
    const attempt = { buildId, attempt: 0 }
    const placed = await step('seekNode', async () => first.seekNode(attempt, 'resolving'))
    return { terms: terms ?? { timeouts: {} }, placed }
  }
  return {
    beginBuild: async (buildId) => {
      const ahead = all.get(buildId)
      if (ahead === undefined) return begin(buildId, { at: clock() })
      all.delete(buildId)
      ahead.asked.at = clock()
      return ahead.begun
    },
    beginAhead: (buildId, started) => {
      if (all.size >= most) return
      const asked: Asked = { at: undefined }
      const ahead = { asked, begun: begin(buildId, asked, { started }) }
      all.set(buildId, ahead)
      // Who asks for it hears of it.
      ahead.begun.catch(() => undefined)
      void sleep(keptMs).then(() => all.get(buildId) === ahead && all.delete(buildId))
    },
  }
}
