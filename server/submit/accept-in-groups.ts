import { acceptBuilds } from '../../records/accept-builds.ts'
import type { NewBuild } from '../../records/builds.ts'
import type { Pool } from '../../records/connect.ts'

type Answer = Awaited<ReturnType<typeof acceptBuilds>>[number]
export type AcceptInGroups = (build: NewBuild) => Promise<Answer>

interface Waiting {
  readonly build: NewBuild
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** Builds that go together at most. */
const most = 64

/**
 * Accepts builds one transaction after the other: those that come while one is under way share the next. Who comes alone
 * waits for nobody, and a thousand at once cost a few transactions instead of a thousand.
 */
export function createAcceptInGroups(db: Pool): AcceptInGroups {
  const waiting: Waiting[] = []
  let isRunning = false
  const run = async () => {
    isRunning = true
    while (waiting.length > 0) await acceptGroup(db, waiting.splice(0, most))
    isRunning = false
  }
  return async (build) => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    waiting.push({ build, resolve, reject })
    if (!isRunning) void run()
    return promise
  }
}

/** What makes a group fail must not fail those that are not to blame: they are tried again, each by itself. */
async function acceptGroup(db: Pool, group: readonly Waiting[]): Promise<void> {
  const builds = group.map(({ build }) => build)
  const answers = await acceptBuilds(db, builds).catch((error: unknown) => {
    if (group.length === 1) group[0]?.reject(error)
    return undefined
  })
  if (answers !== undefined) {
    for (const [index, { resolve, reject }] of group.entries()) {
      const answer = answers[index]
      if (answer === undefined) reject(new RangeError('a build without an answer'))
      else resolve(answer)
    }
  } else if (group.length > 1) {
    for (const one of group) await acceptGroup(db, [one])
  }
}
