import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { hiddenBytes } from '../../agent/saving/hidden-bytes.ts'
import { readMarks } from '../../agent/saving/read-marks.ts'
import { makeOverlay } from './overlay.ts'

const { signal } = new AbortController()
const image = `
for name in a b c d "$(printf 'not\\377utf8')"; do mkdir "$name"; head -c 100 /dev/zero > "$name/file"; done`
const emptied = `
for name in b d "$(printf 'not\\377utf8')"; do rm -r "$name"; mkdir "$name"; done; mkdir a/new c/new`
const strange = 'not\u00ffutf8'

it('tells of each folder what is its own, also where one has gone', async () => {
  await using overlay = await makeOverlay(image)
  await overlay.sh(emptied)
  const folders = ['a', 'a/new', 'b', 'c', 'c/new', 'd', strange]
  const read = async (isBusy: boolean) => readMarks(overlay.upper, folders, signal, isBusy)
  const opaque = new Set(['b', 'd', strange])
  expect(await read(false)).toEqual({ opaque, moved: [] })
  await rm(join(overlay.upper, 'a'), { recursive: true })
  await rm(join(overlay.upper, 'c/new'), { recursive: true })
  expect(await read(true)).toEqual({ opaque, moved: [] })
  await expect(read(false)).rejects.toThrow('Cannot stat')
})

it('counts what is hidden while folders come and go', async () => {
  await using overlay = await makeOverlay(image)
  await overlay.sh(emptied)
  await overlay.sh('mkdir work; for n in $(seq 300); do mkdir work/$n; done')
  const script = 'while :; do for n in $(seq 300); do rmdir work/$n; mkdir work/$n; done; done'
  const busy = spawn('sh', ['-c', script], { cwd: overlay.root, stdio: 'ignore', detached: true })
  try {
    const over = { lower: join(overlay.folder, 'lower'), upper: overlay.upper }
    for (let n = 0; n < 10; n += 1) expect(await hiddenBytes(over, () => false, signal)).toBe(300)
  } finally {
    process.kill(-(busy.pid ?? 0), 'SIGKILL')
    await once(busy, 'exit')
  }
})
