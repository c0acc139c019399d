import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { FirstSteps } from './activities/first-steps.ts'
import { createBeginBuilds } from './begin-build.ts'

const placed = { attempt: 1, nodeId: 'node-1' }
const terms = { timeouts: { total: 60 } }
const begun = { terms, placed }
const done = ['validate from queued', 'resolve from validating', 'seek from resolving']

/** Steps that tell which were begun, and from which stage. */
function open(change: Partial<FirstSteps> = {}) {
  const calls: string[] = []
  const told = (step: string, from: string | undefined) =>
    void calls.push(from === undefined ? step : `${step} from ${from}`)
  const first: FirstSteps = {
    validateBuild: async (id, from) => {
      told('validate', from)
      return (await change.validateBuild?.(id, from)) ?? terms
    },
    resolveBases: async (id, from) => {
      told('resolve', from)
      await change.resolveBases?.(id, from)
    },
    seekNode: async (_, from) => {
      told('seek', from)
      return placed
    },
  }
  const time = { now: 0 }
  const builds = createBeginBuilds({
    first,
    observe: async (_, __, work) => work(),
    clock: () => time.now,
    sleep: async () => new Promise<void>(() => undefined),
  })
  return { calls, time, ...builds }
}

describe('a build is begun', () => {
  it('when its workflow asks for it', async () => {
    const { calls, beginBuild } = open()
    expect(await beginBuild('build-1')).toEqual(begun)
    expect(calls).toEqual(['validate', ...done.slice(1)])
  })

  it('ahead of that, and then not again', async () => {
    const { calls, beginBuild, beginAhead } = open()
    beginAhead('build-1', Promise.resolve())
    expect(await beginBuild('build-1')).toEqual(begun)
    expect(calls).toEqual(done)
  })

  it('but placed only once Temporal has its workflow', async () => {
    const { calls, beginBuild, beginAhead } = open()
    const { promise: started, resolve } = Promise.withResolvers<void>()
    beginAhead('build-1', started)
    await setImmediate()
    expect(calls).toEqual(done.slice(0, 2))
    resolve()
    expect(await beginBuild('build-1')).toEqual(begun)
    expect(calls).toEqual(done)
  })

  it('and not placed when Temporal has not taken its workflow', async () => {
    const { calls, beginAhead } = open()
    beginAhead('build-1', Promise.reject(new Error('away')))
    await setImmediate()
    expect(calls).toEqual(done.slice(0, 2))
  })

  it('and not placed when that has become a matter of other activities', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { calls, time, beginBuild, beginAhead } = open({ resolveBases: async () => promise })
    beginAhead('build-1', Promise.resolve())
    const asked = beginBuild('build-1')
    time.now = 2_000
    resolve()
    await expect(asked).rejects.toThrow('takes long')
    expect(calls).toEqual(done.slice(0, 2))
  })

  it('ahead for a few at once only', async () => {
    const { calls, beginAhead } = open({ validateBuild: async () => new Promise(() => undefined) })
    for (let n = 0; n < 100; n += 1) beginAhead(`build-${n}`, Promise.resolve())
    expect(calls.length).toBe(8)
  })
})
