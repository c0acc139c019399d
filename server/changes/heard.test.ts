import { expect, it } from 'vitest'
import type { Listener } from '../../records/listen.ts'
import { createHeard } from './heard.ts'

/** A listener on which a test says itself what is notified. */
function listenByHand() {
  const heard = new Map<string, (subject: string) => void>()
  const listener: Listener = {
    on: (channel, tell) => {
      heard.set(channel, tell)
      return { [Symbol.dispose]: () => void heard.delete(channel) }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
  return {
    listener,
    notify: (channel: string, subject: string) => heard.get(channel)?.(subject),
    heard,
  }
}

it('keeps each id once until it is taken', () => {
  const { listener, notify, heard } = listenByHand()
  let woken = 0
  {
    using changes = createHeard(listener, () => (woken += 1))
    notify('kiln_build', 'build-1')
    notify('kiln_build', 'build-1')
    notify('kiln_environments', 'env-1')
    notify('kiln_moves', '')
    expect(woken).toBe(4)
    const nothingElse = { fleet: false, missed: false }
    expect(changes.take()).toEqual({
      builds: ['build-1'],
      environments: ['env-1'],
      images: true,
      ...nothingElse,
    })
    expect(changes.take()).toEqual({
      builds: [],
      environments: [],
      images: false,
      ...nothingElse,
    })
  }
  expect(heard.size).toBe(0)
})

it('says that something was missed after a lost connection, and when there is too much to name', () => {
  const { listener, notify } = listenByHand()
  using changes = createHeard(listener, () => undefined)
  notify('kiln_build', '')
  expect(changes.take()).toMatchObject({ builds: [], missed: true })
  for (let index = 0; index < 300; index += 1) notify('kiln_build', `build-${index}`)
  const { builds, missed } = changes.take()
  expect({ count: builds.length, missed }).toEqual({ count: 200, missed: true })
})
