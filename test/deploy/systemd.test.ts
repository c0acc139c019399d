import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ProcessError, run } from '../../process/run.ts'
import { checkSurroundings } from './check-surroundings.ts'

const unit = 'deploy/systemd/kiln-agent.service'
const settings = async () => readFile(unit, 'utf8')

it('is a unit that systemd reads without a complaint', async ({ skip }) => {
  const hasTool = await run('systemd-analyze', ['--version'], { limitMs: 10_000 }).then(
    () => true,
    (error: unknown) => !(error instanceof ProcessError && error.failure === 'absent'),
  )
  if (!hasTool) skip('systemd-analyze is not here')
  const root = await mkdtemp(join(tmpdir(), 'kiln-systemd-'))
  try {
    // What it starts has to be there, or that is all that is told.
    await mkdir(join(root, 'bin'))
    await writeFile(join(root, 'bin/node'), '#!/bin/sh\n')
    await chmod(join(root, 'bin/node'), 0o755)
    const text = (await settings()).replaceAll('/usr/local/bin/node', join(root, 'bin/node'))
    const file = join(root, 'kiln-agent.service')
    await writeFile(file, text)
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', file], {
      limitMs: 60_000,
    })
    const about = (stdout + stderr).split('\n').filter((line) => line.includes('kiln-agent'))
    expect(about).toEqual([])
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})

it('leaves environments alone when the agent ends, and shares its mounts with the next one', async () => {
  const text = await settings()
  expect(text).toMatch(/^KillMode=process$/m)
  expect(text).toMatch(/^Delegate=yes$/m)
  expect(text).not.toMatch(
    /^(Private(Tmp|Devices|Mounts)|Protect(System|Home|Proc|KernelTunables|KernelModules|ControlGroups|KernelLogs|Clock|Hostname)|ReadOnlyPaths|ReadWritePaths|InaccessiblePaths|TemporaryFileSystem|BindPaths|RootDirectory|LoadCredential|DynamicUser|SystemCallFilter|NoNewPrivileges)=/m,
  )
})

it('comes with an example of all that the agent must be told', async () => {
  const example = await readFile('deploy/systemd/agent.env.example', 'utf8')
  const given = Object.fromEntries(
    [...example.matchAll(/^(?:# )?(KILN_[A-Z_]+)=(.*)$/gm)].map(([, key = '', value = '']) => [
      key,
      value,
    ]),
  )
  // The token is for the first start alone: the line is left empty by who has joined.
  for (const KILN_JOIN_TOKEN of ['a-token-to-join-with', '']) {
    expect(await checkSurroundings('agent', { ...given, KILN_JOIN_TOKEN })).toEqual([])
  }
  expect(given['KILN_SERVER_URL']).toMatch(/^https:/)
})
