import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { buildLimits, limitCgroup } from './build-limits.ts'
import { cgroupFolders, killCgroup } from './cgroup.ts'
import { setInCgroup } from './set-in-cgroup.ts'

const gib = 1024 ** 3
const name = `kiln-limits-${process.pid}`
const folder = await mkdtemp(join(tmpdir(), 'kiln-limits-'))
afterAll(async () => {
  await killCgroup(name)
  await rm(folder, { recursive: true, force: true })
})

it.each([
  [64, 57.6, 60.8],
  [8, 7, 7.5],
  [1, 0.5, 0.75],
])('leaves of %d GiB what the node needs', (machine, steps, node) => {
  const has = { memory: machine * gib, processes: 32_768 }
  const limits = buildLimits(has, { processes: 4096, memory: undefined })
  expect(limits.steps.memory / gib).toBeCloseTo(steps, 6)
  expect(limits.node.memory / gib).toBeCloseTo(node, 6)
  expect([limits.steps.processes, limits.node.processes]).toEqual([4096, 24_576])
})

it('gives the steps of a project no more than there is for all builds', () => {
  const has = { memory: 8 * gib, processes: 1000 }
  const { steps, node } = buildLimits(has, { processes: 4096, memory: 100 * gib })
  expect(steps).toEqual(node)
})

it('limits a cgroup of this machine', async () => {
  const said: string[] = []
  await limitCgroup(`${name}/steps`, { memory: gib, processes: 77 }, (line) => said.push(line))
  const folders = await cgroupFolders(`${name}/steps`)
  const read = async (file: string) =>
    (
      await Promise.all(folders.map((each) => readFile(join(each, file), 'utf8').catch(() => '')))
    ).join('')
  expect(said).toEqual([])
  expect(await read('pids.max')).toBe('77\n')
  expect((await read('memory.limit_in_bytes')) + (await read('memory.max'))).toBe(`${gib}\n`)
})

it('has version 2 hand the controllers down that it offers, and says which files there were', async () => {
  const files = {
    'cgroup.controllers': 'cpuset cpu io memory pids\n',
    'a/cgroup.controllers': 'memory\n',
    'a/b/memory.max': '',
  }
  await mkdir(join(folder, 'a/b'), { recursive: true })
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text)
  const hierarchies = [{ path: folder, type: 'cgroup2' }]
  const written = await setInCgroup('a/b', { 'memory.max': '5', 'pids.max': '6' }, hierarchies)
  expect([...written]).toEqual(['memory.max'])
  expect(await readFile(join(folder, 'a/b/memory.max'), 'utf8')).toBe('5')
  // The kernel takes each line by itself; a plain file keeps the last one.
  expect(await readFile(join(folder, 'cgroup.subtree_control'), 'utf8')).toBe('+pids')
  expect(await readFile(join(folder, 'a/cgroup.subtree_control'), 'utf8')).toBe('+memory')
})
