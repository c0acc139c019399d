import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { isErrno } from '#contract/errno.ts'
import { memoryDirectory } from '../../agent/buildkit/session/directory.ts'
import { solve } from '../../agent/buildkit/solve.ts'
import { createDaemonPool } from '../../agent/daemon/daemon-pool.ts'
import { startProjectDaemon } from '../../agent/daemon/project-daemon.ts'
import { sweepAgent } from '../../agent/daemon/sweep.ts'
import { openDisk } from '../../agent/disk/open-disk.ts'
import { testDaemonSettings } from '../buildkit/daemon.ts'
import { solving } from '../buildkit/solving.ts'
import { mountSmallDisk } from './small-disk.ts'

const MiB = 1024 ** 2
const project = 'one'
const stack = new AsyncDisposableStack()
afterAll(async () => stack.disposeAsync())

/** Takes everything that is free, to the last block. */
async function fillUp(folder: string): Promise<void> {
  await using file = await open(join(folder, '.foreign'), 'w')
  for (let size = MiB; size >= 1024; size /= 2) {
    for (;;) {
      const done = await file.write(Buffer.alloc(size, 1)).catch((error: unknown) => {
        if (isErrno(error, 'ENOSPC')) return undefined
        throw error
      })
      if (done === undefined || done.bytesWritten < size) break
    }
  }
  await file.sync().catch(() => undefined)
}

it('is to begin a cache anew that no daemon can prune, since there is no block left to start one on', async () => {
  const own = await mkdtemp(join(tmpdir(), 'kiln-last-'))
  stack.defer(async () => rm(own, { recursive: true, force: true }))
  const disk = stack.use(await mountSmallDisk(200 * MiB, 4_000))
  const said: string[] = []
  const say = (line: string) => void said.push(line)
  stack.defer(async () => sweepAgent(own, say))
  const settings = { ...(await testDaemonSettings(own)), folder: disk.folder }
  const start = async (name: string) => startProjectDaemon(settings, name, say)
  const daemons = stack.use(createDaemonPool({ start, idleMs: 600_000, max: 4, say }))
  const build = async (bytes: number) => {
    using daemon = await daemons.use(project)
    const options = solving(daemon.address, 'FROM scratch\nCOPY big /big\n')
    const context = memoryDirectory({ big: randomBytes(bytes) })
    const attrs = { ...options.frontendAttrs, dockerfilekey: 'dockerfile' }
    const directories = { ...options.directories, context }
    await solve({ ...options, frontendAttrs: attrs, directories, recorded: false })
  }
  await build(40 * MiB)
  await daemons.replace(project, async () => fillUp(disk.folder))
  expect((await disk.free()).bytes).toBe(0)

  const shares = { reserve: { bytes: 8 * MiB }, ballast: { bytes: 0 } }
  const contexts = join(own, 'contexts')
  await mkdir(contexts)
  const { scope } = settings
  const node = stack.use(
    openDisk(
      { folder: disk.folder, scope, contexts, images: join(own, 'images'), shares },
      {
        daemons,
        contexts: { drop: async () => undefined },
        dropImages: async () => undefined,
        say,
      },
    ),
  )
  await node.look()
  expect(node.low()).toMatch(/free$/)
  await expect
    .poll(
      async () => {
        await node.look()
        return (await disk.free()).bytes
      },
      { timeout: 60_000, interval: 500 },
    )
    .toBeGreaterThan(16 * MiB)
  await expect.poll(() => node.low(), { timeout: 10_000 }).toBeUndefined()
  expect(said.join('\n')).toContain(`cannot prune the cache of ${project} with a new daemon`)
  expect(said.join('\n')).toContain(`began the cache of ${project} anew`)
  await build(MiB)
})
