import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Farm, startFarm } from '../farm.ts'
import { type BothWays, caseFolder, createBothWays, extension } from './both-ways.ts'
import { cases } from './cases.ts'
import { differences } from './differences.ts'
import { findUsed, manual } from './manual.ts'

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
  beforeAll(async () => {
    farm = await startFarm()
    both = await createBothWays(farm)
    await both.kiln({ name: 'onbuild/base', context: 'tree' })
  })
  afterAll(async () => {
    await both[Symbol.asyncDispose]()
    await farm[Symbol.asyncDispose]()
  })

  it.concurrent.each(cases.filter(({ fails }) => fails === undefined))(
    'make the same of $name',
    async (one) => {
      const kiln = await both.kiln(one)
      const buildctl = await both.buildctl(one)
      expect(buildctl).toHaveProperty('image')
      expect(differences(kiln, buildctl)).toEqual([])
    },
  )

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
