import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { cgroupFolders, killCgroup } from './cgroup.ts'
import { yieldProcessor } from './yield-processor.ts'

const name = `kiln-yields-${process.pid}`
afterAll(async () => killCgroup(name))

it('gives builds a tenth of the processor share that everything else has', async () => {
  await yieldProcessor(name)
  const folders = await cgroupFolders(name)
  const read = async (file: string) =>
    Promise.all(folders.map((folder) => readFile(join(folder, file), 'utf8').catch(() => '')))
  const [shares, weight] = await Promise.all([read('cpu.shares'), read('cpu.weight')])
  expect([shares.join('').trim(), weight.join('').trim()].filter(Boolean)).toEqual([
    shares.join('') === '' ? '10' : '100',
  ])
})
