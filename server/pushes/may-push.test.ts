import { describe, expect, it } from 'vitest'
import type { AskedPush } from '../../records/pushes.ts'
import type { Breaker } from '../../records/registry-breaker.ts'
import { mayPush } from './may-push.ts'

const limits = { all: 4, project: 2, rampMs: 1_000 }
const closed: Breaker = { state: 'closed', failures: 0, sinceMs: 0, probeMs: 0 }
/** A letter for each project; upper case: it pushes already. */
const line = (text: string): AskedPush[] =>
  text.split('').map((letter, index) => ({
    buildId: `build-${index}`,
    attempt: 1,
    projectId: letter.toLowerCase().charCodeAt(0),
    granted: letter !== letter.toLowerCase(),
  }))
const ask = (text: string, index: number, breaker = closed, failed = false) =>
  mayPush(limits, breaker, {
    own: { buildId: `build-${index}`, attempt: 1 },
    failed,
    all: line(text),
  })
const go = { state: 'go' }

describe('a push', () => {
  it('goes as long as registry and project have room', () => {
    expect(ask('a', 0)).toEqual(go)
    expect(ask('Aa', 1)).toEqual(go)
    expect(ask('AAb', 2)).toEqual(go)
  })

  it('waits for its project, and lets others by', () => {
    expect(ask('AAab', 2)).toMatchObject({
      state: 'wait',
      reason: '2 images of the project are pushed already, as many as it may at once',
    })
    expect(ask('AAab', 3)).toEqual(go)
  })

  it('waits for the registry, in the order in which they asked', () => {
    expect(ask('AABBb', 4)).toMatchObject({
      reason: '4 images are pushed already, as many as the registry gets at once',
    })
    // There is room for one: the first has it, although it has not come back for it yet.
    expect(ask('ABCab', 3)).toEqual(go)
    expect(ask('ABCab', 4)).toMatchObject({ state: 'wait' })
    // One whose project is full keeps nobody from it.
    expect(ask('AABab', 4)).toEqual(go)
  })

  it('asks more rarely the more are before it', () => {
    const [first, fifth] = [ask('AABBb', 4), ask('AABBbbbbb', 8)]
    expect([first, fifth]).toMatchObject([{ retryMs: 500 }, { retryMs: 900 }])
  })
})

describe('a registry that is away', () => {
  const open = { ...closed, state: 'open' as const, failures: 3, probeMs: 4_000 }

  it('gets nothing until it was looked at again', () => {
    expect(ask('a', 0, open)).toEqual({
      state: 'wait',
      reason: 'waiting for the registry',
      retryMs: 4_000,
    })
    expect(ask('a', 0, { ...open, probeMs: 60_000 })).toMatchObject({ retryMs: 15_000 })
  })

  it('that has failed once is tried again later each time', () => {
    expect(ask('a', 0, { ...closed, failures: 1 }, true)).toMatchObject({ retryMs: 1_000 })
    expect(ask('a', 0, { ...closed, failures: 2 }, true)).toMatchObject({ retryMs: 2_000 })
  })

  it('gets one push when it is back, then one more after each while', () => {
    const back = { ...open, state: 'half_open' as const }
    expect(ask('ab', 0, back)).toEqual(go)
    expect(ask('Ab', 1, back)).toMatchObject({ reason: 'waiting for the registry' })
    expect(ask('Ab', 1, { ...back, sinceMs: 1_500 })).toEqual(go)
    expect(ask('AABBb', 4, { ...back, sinceMs: 60_000 })).toMatchObject({ state: 'wait' })
  })
})
