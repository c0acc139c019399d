import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { run } from '../../process/run.ts'
import { agentScope } from '../daemon/daemon-paths.ts'
import { chooseLink, devicePrefix } from './link.ts'
import { openNetwork, sweepNetworks } from './open-network.ts'

/** Room for four daemons. */
const subnet = '10.212.77.0/28'

it('gives daemons that start at once addresses of their own, also where they would choose the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-network-'))
  const scope = agentScope(folder)
  const first = (project: string) => chooseLink({ scope, project, subnet }, new Set()).hostAddress
  const names = Array.from({ length: 100 }, (_, index) => `p${index}`)
  const alike = names.filter((name) => first(name) === first('p0')).slice(0, 4)
  const settings = { subnet, allow: [], deny: [], resolvers: ['10.255.255.53'] }
  try {
    const open = async (project: string) =>
      openNetwork(settings, { scope, project, folder: join(folder, project) }, () => undefined)
    const networks = await Promise.all(alike.map(open))
    const { stdout } = await run('ip', ['-4', '-o', 'addr', 'show'], { limitMs: 10_000 })
    const own = stdout.split('\n').filter((line) => line.includes(` ${devicePrefix(scope)}`))
    const addresses = own.map((line) => /inet ([0-9.]+)/.exec(line)?.[1] ?? '')
    expect(addresses.toSorted()).toEqual([
      '10.212.77.1',
      '10.212.77.13',
      '10.212.77.5',
      '10.212.77.9',
    ])
    await expect(open('too-many')).rejects.toThrow('KILN_EGRESS_SUBNET')
    for (const network of networks) await network[Symbol.asyncDispose]()
  } finally {
    await sweepNetworks(scope)
    await rm(folder, { recursive: true, force: true })
  }
})
