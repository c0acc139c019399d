import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeTemporalSettings } from './temporal-settings.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-temporal-'))
})
afterEach(async () => rm(folder, { recursive: true }))

const write = async () => {
  const file = join(folder, 'settings.yaml')
  await writeTemporalSettings(file, join(folder, 'config.yaml'))
  const settings = JSON.parse(await readFile(file, 'utf8')) as Record<string, { value: number }[]>
  const count = (kind: string) => settings[`matching.numTaskqueue${kind}Partitions`]?.[0]?.value
  return { read: count('Read'), write: count('Write') }
}

it('a new server has one partition for each queue, however often it starts', async () => {
  expect(await write()).toEqual({ read: 1, write: 1 })
  await writeFile(join(folder, 'config.yaml'), '{}')
  expect(await write()).toEqual({ read: 1, write: 1 })
})

it('one that ran with four is read whole at its next start, and never again', async () => {
  await writeFile(join(folder, 'config.yaml'), '{}')
  expect(await write()).toEqual({ read: 4, write: 1 })
  expect(await write()).toEqual({ read: 1, write: 1 })
})
