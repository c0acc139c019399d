import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Farm, startFarm } from '../farm.ts'
import { type BothWays, createBothWays } from './both-ways.ts'
import { cases } from './cases.ts'
import { differences } from './differences.ts'
import { createCaseMutator, refusalsOf } from './hostile.ts'
import { findUsed, manual } from './manual.ts'
import { caseFolder, extension } from './site.ts'
import { startSurroundings, type Surroundings } from './surroundings.ts'

/** Of one case, both ways, however much else the machine does. */
const limitMs = 600_000

describe('the cases', () => {
  const files = async () =>
    (await readdir(caseFolder, { recursive: true })).filter((name) => name.endsWith(extension))

  it('are all in the table', async () => {
    const names = (await files()).map((name) => name.slice(0, -extension.length))
    expect(names.toSorted()).toEqual(cases.map(({ name }) => name).toSorted())
  })

  it('use every instruction, flag and mount field of the manual', async () => {
    const used = new Set<string>()
    for (const name of await files()) {
      const text = await readFile(join(caseFolder, name), 'utf8')
      findUsed(text).forEach((word) => used.add(word))
    }
    expect(manual.filter((word) => !used.has(word))).toEqual([])
  })
})

/**
 * Compared are the files of the pushed images once their layers are applied (path, kind, mode, owner, size, digest, link
 * target, extended attributes), the whole configuration, the steps of the history and the number of layers. Not
 * compared are digests of layers, which differ by compression and time, times, and the numbers of devices.
 */
describe('Kiln and buildctl', { timeout: limitMs }, () => {
  let farm: Farm
  let both: BothWays
  let around: Surroundings
  beforeAll(async () => {
    around = await startSurroundings()
    farm = await startFarm({
      environment: { KILN_EGRESS_ALLOW: [around.web, around.git].join(',') },
    })
    both = await createBothWays(farm, around)
    await both.kiln({ name: 'onbuild/base', context: 'tree' })
  })
  afterAll(async () => {
    await both[Symbol.asyncDispose]()
    await farm[Symbol.asyncDispose]()
    await around[Symbol.asyncDispose]()
  })

  it.concurrent.each(cases.filter(({ fails }) => fails === undefined))(
    'make the same of $name',
    async (one) => {
      const kiln = await both.kiln(one)
      const buildctl = await both.buildctl(one)
      expect(buildctl).toEqual({ image: expect.anything() })
      expect(differences(kiln, buildctl)).toEqual([])
    },
  )

  it('both refuse what is refused of Dockerfiles that are broken at random', async () => {
    const mutator = await createCaseMutator(2)
    const refused: string[] = []
    while (refused.length < 100) {
      const dockerfile = mutator.next()
      if (refusalsOf(dockerfile).length > 0) refused.push(dockerfile)
    }
    const taken: string[] = []
    const work = async () => {
      for (let one = refused.pop(); one !== undefined; one = refused.pop()) {
        if ((await both.outline(one)) === undefined) taken.push(one)
      }
    }
    await Promise.all([work(), work(), work(), work()])
    expect(taken).toEqual([])
  })

  it.concurrent.each(cases.filter(({ fails }) => fails !== undefined))(
    'both refuse $name',
    async (one) => {
      const kiln = await both.kiln(one)
      const buildctl = await both.buildctl(one)
      expect(buildctl).toHaveProperty('code')
      expect(kiln).toMatchObject(one.fails ?? {})
    },
  )
})
