import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { joinableFolders, killCgroup } from './cgroup.ts'

const name = `kiln-kill-${process.pid}`
const freezer = join('/sys/fs/cgroup/freezer', name)
let folders: readonly string[]

beforeEach(async () => {
  folders = await joinableFolders(name)
  for (const folder of folders) await mkdir(folder, { recursive: true })
})
afterEach(async () => {
  await killCgroup(name)
  for (const folder of folders) await rmdir(folder).catch(() => undefined)
})

async function startInside() {
  const child = spawn('sleep', ['1000'])
  const ended = once(child, 'exit')
  for (const folder of folders) await writeFile(join(folder, 'cgroup.procs'), String(child.pid))
  return { pid: child.pid ?? 0, ended }
}

it('kills what is in it, and removes it', async () => {
  const { ended } = await startInside()
  expect(await killCgroup(name)).toEqual({ killed: 1, left: [] })
  await ended
  expect(folders.filter((folder) => existsSync(folder))).toEqual([])
})

it.runIf(existsSync('/sys/fs/cgroup/freezer'))(
  'tells what SIGKILL does not end, and lets others start there',
  async () => {
    const { pid, ended } = await startInside()
    await writeFile(join(freezer, 'freezer.state'), 'FROZEN')
    expect(await killCgroup(name)).toEqual({ killed: 1, left: [pid] })
    expect(await readFile(join('/sys/fs/cgroup/pids', name, 'pids.max'), 'utf8')).toBe('max\n')
    await writeFile(join(freezer, 'freezer.state'), 'THAWED')
    await ended
  },
)
