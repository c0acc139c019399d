import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../client.ts'
import { readToken } from '../fakes/harbor/who.ts'
import { type HarborFarm, startHarborFarm } from './harbor-farm.ts'

// Tokens of GET /service/token, for one repository and a short time (README of the fake, number 8).

let all: HarborFarm
beforeAll(async () => {
  all = await startHarborFarm()
})
afterAll(async () => all[Symbol.asyncDispose]())

const client = () => createClient(all.farm.url)
const dockerfile = (step: string) => `FROM ${all.farm.baseImage}\nRUN ${step}\n`
const fresh = 'cat /proc/sys/kernel/random/uuid > /id'
const byDaemon = () => all.harbor.seen.filter(({ program }) => /buildkit/i.test(program))

/** The environments and command lines of everything below the farm's agent that a process can be asked for. */
async function toldTo(wanted: RegExp): Promise<string> {
  const texts: string[] = []
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const read = async (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
    const [line, environment] = [await read('cmdline'), await read('environ')]
    const isOurs = environment.includes(all.farm.stateDir) || line.includes(all.farm.stateDir)
    if (isOurs && wanted.test(line)) texts.push(line, environment)
  }
  return texts.join('\n')
}

describe('a farm on a Harbor', () => {
  it('builds with tokens of one repository, and no node has the password (3, 8)', async () => {
    const done = await client().build({ name: 'first:1', dockerfile: dockerfile(fresh) })
    expect(done).toMatchObject({ status: 'succeeded', failure: null, attempt: 1 })
    const shown = byDaemon().map(({ authorization }) => authorization)
    expect(shown.some((header) => header.startsWith('Bearer '))).toBe(true)
    expect(shown.filter((header) => header.startsWith('Basic '))).toEqual([])
    const access = shown.flatMap((header) => readToken(header.replace('Bearer ', '')) ?? [])
    const writable = access.filter(({ actions }) => actions.includes('push'))
    expect(new Set(writable.map(({ name }) => name))).toEqual(new Set(['kiln/first']))
    expect(access.some(({ name }) => name === 'base/busybox')).toBe(true)
    const agent = await toldTo(/agent\/main\.ts|buildkitd/)
    expect(agent).toContain('KILN_SERVER_URL')
    expect(agent).not.toContain(all.robot.password)
    expect(await toldTo(/server\/main\.ts/)).toContain(all.robot.password)
  })

  it('gets new tokens while it pushes for longer than one lives (8)', async () => {
    const { faults, state, seen } = all.harbor
    state.tokenSeconds = 2
    const slow = /^\/v2\/kiln\/slow\/blobs\/uploads\/.+/
    faults.push({ method: 'PUT', path: slow, times: 3, delayMs: 2_500 })
    const before = seen.length
    const steps = `${fresh}\nRUN ${fresh}2\nRUN ${fresh}3`
    const done = await client().build({ name: 'slow:1', dockerfile: dockerfile(steps) })
    state.tokenSeconds = 1800
    faults.length = 0
    expect(done).toMatchObject({ status: 'succeeded', attempt: 1 })
    const bearers = byDaemon()
      .filter(({ line }) => line.includes('/v2/kiln/slow/'))
      .map(({ authorization }) => authorization)
    expect(new Set(bearers.filter((header) => header !== '')).size).toBeGreaterThan(1)
    const asked = seen.slice(before).filter(({ line }) => line === 'GET /service/token')
    expect(asked.filter(({ program }) => /buildkit/i.test(program))).toEqual([])
  })

  it('tells whose turn it is when Harbor grants less than was asked for, in one attempt (8)', async () => {
    const { robots } = all.harbor.state
    const kiln = [...robots.values()].find(({ name }) => name === all.push.username)!
    const grants = kiln.grants.map((grant) => ({
      ...grant,
      access: grant.access.filter(({ action }) => action !== 'push'),
    }))
    robots.set(kiln.id, { ...kiln, grants })
    const done = await client().build({ name: 'denied:1', dockerfile: dockerfile(fresh) })
    robots.set(kiln.id, kiln)
    expect(done).toMatchObject({ status: 'failed', attempt: 1 })
    expect(done.failure).toMatchObject({ code: 'push_denied', actor: 'registry' })
  })
})
