import { expect, it } from 'vitest'
import { run } from '../../process/run.ts'
import { launchCommand } from './launch.ts'

const empty = {
  cgroups: [],
  ownFolders: [],
  bound: [],
  ownFiles: {},
  network: '/proc/self/ns/net',
}

it('passes every word on as it is', async () => {
  const words = ["it's", '$HOME `id`', 'a b', '*', '']
  const { command, args } = launchCommand({ ...empty, command: ['printf', '%s\\n', ...words] })
  const { stdout } = await run(command, args, { limitMs: 5000 })
  expect(stdout).toBe(words.map((word) => `${word}\n`).join(''))
})

it('gives folders of the system that are empty and mounted for the daemon only', async () => {
  const { command, args } = launchCommand({
    ...empty,
    ownFolders: ['/etc'],
    command: ['sh', '-c', 'echo /etc/*; cat /proc/self/mounts'],
  })
  const { stdout } = await run(command, args, { limitMs: 5000 })
  expect(stdout).toMatch(/^\/etc\/\*\n/)
  expect(stdout).toContain('kiln-daemon /etc tmpfs')
  expect((await run('cat', ['/proc/self/mounts'], { limitMs: 5000 })).stdout).not.toContain('/etc ')
})

it('shows a folder of the daemon at a shorter path', async () => {
  const { command, args } = launchCommand({
    ...empty,
    ownFolders: ['/mnt'],
    bound: [{ from: '/etc', at: '/mnt/e' }],
    command: ['sh', '-c', 'cat /mnt/e/hostname'],
  })
  const { stdout } = await run(command, args, { limitMs: 5000 })
  expect(stdout).toBe((await run('cat', ['/etc/hostname'], { limitMs: 5000 })).stdout)
})

it('puts a file in the place of one of the system', async () => {
  const { command, args } = launchCommand({
    ...empty,
    ownFiles: { '/etc/hostname': '/etc/passwd' },
    command: ['cat', '/etc/hostname'],
  })
  const { stdout } = await run(command, args, { limitMs: 5000 })
  expect(stdout).toContain('root:')
})
