import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ProcessError } from '../../process/run.ts'
import { readDiskUse } from './read-usage.ts'

const { signal } = new AbortController()
const MiB = 1024 ** 2
const comeAndGo = 'while :; do mkdir -p a/b/c d/e; : > a/b/c/f; : > d/e/g; rm -rf a d; done'

it('measures a folder in which files come and go, and none that is not there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-usage-'))
  await mkdir(join(folder, 'many'))
  await writeFile(join(folder, 'kept'), Buffer.alloc(MiB, 1))
  for (let n = 0; n < 200; n += 1) await writeFile(join(folder, `many/${n}`), '')
  const busy = spawn('sh', ['-c', comeAndGo], { cwd: folder, stdio: 'ignore', detached: true })
  try {
    for (let n = 0; n < 40; n += 1) {
      const used = await readDiskUse(folder, signal)
      expect(used).toBeGreaterThanOrEqual(MiB)
      expect(used).toBeLessThan(2 * MiB)
    }
  } finally {
    process.kill(-(busy.pid ?? 0), 'SIGKILL')
    await once(busy, 'exit')
    await rm(folder, { recursive: true })
  }
  await expect(readDiskUse(folder, signal)).rejects.toThrow(ProcessError)
})
