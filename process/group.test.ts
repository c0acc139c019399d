import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { stopGroup } from './group.ts'
import { isGroupAlive } from './identity.ts'

it('counts a group whose last process is a zombie as stopped', async () => {
  // What the shell turns into never waits for its child, so the child stays a zombie once it has ended.
  const parent = spawn('sh', ['-c', 'setsid sleep 600 & echo $!; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const child = Number(
      await new Promise<string>((resolve) =>
        parent.stdout.once('data', (text) => resolve(String(text))),
      ),
    )
    await expect.poll(() => sessionOf(child)).toBe(child)
    const started = performance.now()
    expect(await stopGroup(child, { signal: 'SIGTERM', graceMs: 5000 })).toBe('stopped')
    expect(performance.now() - started).toBeLessThan(1000)
    expect(await readFile(`/proc/${child}/stat`, 'utf8')).toContain(') Z ')
  } finally {
    parent.kill('SIGKILL')
  }
})

it('kills what ignores the signal, the whole group of it', async () => {
  const child = spawn('sh', ['-c', 'trap "" TERM; sleep 600 & echo ready; wait; sleep 600'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const pid = child.pid ?? 0
  expect(await stopGroup(pid, { signal: 'SIGTERM', graceMs: 100 })).toBe('killed')
  expect(await isGroupAlive(pid)).toBe(false)
})

async function sessionOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3])
}
