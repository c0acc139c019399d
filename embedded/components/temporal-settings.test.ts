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

const write = async (): Promise<unknown> => {
  const file = join(folder, 'settings.yaml')
  await writeTemporalSettings(file, join(folder, 'config.yaml'))
  return JSON.parse(await readFile(file, 'utf8'))
}
const partitions = (read: number, written: number) => ({
  'matching.numTaskqueueReadPartitions': [{ value: read }],
  'matching.numTaskqueueWritePartitions': [{ value: written }],
})

it('a new server has one partition for each queue, however often it starts', async () => {
  expect(await write()).toEqual(partitions(1, 1))
  await writeFile(join(folder, 'config.yaml'), '{}')
  expect(await write()).toEqual(partitions(1, 1))
})

it('one that ran with four is read whole at its next start, and never again', async () => {
  await writeFile(join(folder, 'config.yaml'), '{}')
  expect(await write()).toEqual(partitions(4, 1))
  expect(await write()).toEqual(partitions(1, 1))
})
