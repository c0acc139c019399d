import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { SaveSurvey } from '#contract/save.ts'
import { createEnvironmentHttp } from '../../agent/tunnel/environment-http.ts'
import { Refusal } from '../../server/refusal.ts'
import { askSurvey } from '../../server/saving/ask-survey.ts'
import { environmentId, node, openTestTunnel, type TestTunnel } from '../environments/tunnel-kit.ts'

const sizes = { bytes: 0, files: 0, folders: [] }
const nothing: SaveSurvey = {
  ...sizes,
  deleted: 0,
  hidden_bytes: 0,
  packages: { added: [], removed: [] },
  unpackaged: sizes,
  mounts: [],
  dangling: [],
  secrets: [],
  driver: [],
  passed_over: [],
  free_bytes: 1,
}
const otherId = environmentId.replace('0', '1')

interface Begun {
  readonly id: string
  readonly signal: AbortSignal
  readonly end: () => void
}

/** Surveys that have begun on the node. */
let begun: Begun[] = []
let tunnel: TestTunnel
beforeEach(() => (begun = []))
beforeAll(async () => {
  const http = createEnvironmentHttp({
    isRunning: () => false,
    logOf: () => '',
    openTerminal: () => {
      throw new Error('nothing runs')
    },
    survey: async ({ environmentId: id }, _, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<SaveSurvey>()
      signal.addEventListener('abort', () => reject(new Error('nobody waits for it')))
      begun.push({ id, signal, end: () => resolve(nothing) })
      return promise
    },
  })
  const ports = {
    connect: async () => Promise.reject(new Error('nothing listens')),
    [Symbol.dispose]: () => undefined,
  }
  tunnel = await openTestTunnel({ isRunning: () => false, http, ports })
})
afterAll(async () => tunnel[Symbol.asyncDispose]())

const ask = async (id = environmentId, signal = new AbortController().signal) =>
  askSurvey(tunnel.tunnels, { id, start: 1, node_id: node }, { drop: [], keep: [] }, signal)
const begunOf = async (count: number) => expect.poll(() => begun.length).toBe(count)

it('ends on the node as soon as nobody waits for it', async () => {
  const gone = new AbortController()
  const asked = ask(environmentId, gone.signal)
  await begunOf(1)
  gone.abort()
  await expect(asked).rejects.toThrow(Refusal)
  await expect.poll(() => begun[0]?.signal.aborted).toBe(true)
})

it('runs one at a time for an environment, and others meanwhile', async () => {
  const [first, second, other] = [ask(), ask(), ask(otherId)]
  await begunOf(2)
  expect(begun.map(({ id }) => id).toSorted()).toEqual([environmentId, otherId])
  for (const { end } of begun) end()
  expect(await Promise.all([first, other])).toEqual([nothing, nothing])
  await begunOf(3)
  begun[2]?.end()
  expect(await second).toEqual(nothing)
})

it('lets few wait', async () => {
  const gone = new AbortController()
  const asked = Array.from({ length: 9 }, async () => ask(environmentId, gone.signal))
  await expect(Promise.race(asked)).rejects.toThrow('for others')
  gone.abort()
  await Promise.allSettled(asked)
})
