import { access } from 'node:fs/promises'
import { Client, Connection } from '@temporalio/client'
import { expect, it } from 'vitest'
import { nodeQueue } from '#contract/queues.ts'
import { agentScope, daemonPaths } from '../../../agent/daemon/daemon-paths.ts'
import { connect } from '../../../records/connect.ts'
import { createClient } from '../../client.ts'
import { isRunning } from '../../processes.ts'
import { type Field, isReady } from '../kit/field.ts'
import { placeNode } from '../kit/node-elsewhere.ts'

/** What is delivered twice, and nodes that are there twice. */
export function testDoubles(field: () => Field): void {
  const client = () => createClient(field().farm.url)

  it('35: lets no other node work on a stage that is delivered to it as well, which starts no daemon for it', async () => {
    const { farm, second, begin, ended } = field()
    const headers = { 'content-type': 'application/json' }
    const project = 'delivered'
    const request = { method: 'POST', headers, body: JSON.stringify({ name: project }) }
    expect((await client().request('/api/projects', request)).status).toBe(201)
    const [begun] = await begin(['twice'], '4.09', { project })
    const { address, namespace } = farm.temporal
    const connection = await Connection.connect({ address })
    const { id: node = '' } = (await second.view()) ?? {}
    const delivered = await new Client({ connection, namespace }).activity.start('buildImage', {
      id: 'delivered-twice',
      taskQueue: nodeQueue(node),
      args: [{ buildId: begun?.id, attempt: 1 }],
      scheduleToCloseTimeout: '30 seconds',
      retry: { maximumAttempts: 1 },
    })
    await expect(delivered.result()).rejects.toThrow('failed')
    await connection.close()
    expect(await isRunning(begun?.command ?? '')).toBe(true)
    expect(await ended(begun?.id ?? '')).toMatchObject({ status: 'succeeded', attempt: 1 })
    const { directory } = second
    const daemon = daemonPaths(`${directory}/daemons`, agentScope(directory), project)
    await expect(access(daemon.folder)).rejects.toThrow('ENOENT')
    await using db = connect(farm.databaseUrl, 1)
    const refused = db.selectFrom('audit').select('object').where('action', '=', 'agent.refused')
    expect(await refused.where('actor', '=', node).execute()).toEqual([{ object: begun?.id }])
  })

  it('36, 37: shuts out a node whose directory was copied, and the copy: both end, and the farm says why', async () => {
    const { first, spare } = field()
    const id = (await first.view())?.id
    await using copy = await placeNode(field(), spare, first.name, first.directory)
    await copy.launch()
    const ends = await Promise.all([first.ended(), copy.ended()])
    expect(ends).toEqual([1, 1])
    expect(await first.view()).toMatchObject({
      id,
      status: 'lost',
      shut_out: {
        quarantined: true,
        reason: 'two agents run with its state directory: one of them is a copy',
      },
    })
    for (const node of [first, copy]) expect(await node.log()).toContain('this node is shut out')
    // With a token of its own it comes back, and the copy does not.
    await first.start()
    await isReady(first)
    await copy.launch()
    expect(await copy.ended()).toBe(1)
  })
}
