import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AttemptRef } from '#contract/build.ts'
import { createControlPlane } from '../agent/control-plane.ts'
import { createLostLines } from '../agent/logs/lost-lines.ts'
import { explain } from '../agent/stages/explain.ts'
import { attendStage, startStage } from '../agent/stages/run-stage.ts'
import { createRunning } from '../agent/stages/running.ts'
import { connect } from '../records/connect.ts'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'
import { joinNode } from './gate/fake-node.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm({ agent: false })
})
afterAll(async () => farm[Symbol.asyncDispose]())

it('ends a build as cancelled whose node asks for its plan before the workflow knows', async () => {
  let credential = ''
  const incarnation = randomUUID()
  const controlPlane = createControlPlane(new URL(farm.url), () => credential, { incarnation })
  await using db = connect(farm.databaseUrl, 1)
  const asked: string[] = []
  const deps = {
    controlPlane: {
      ...controlPlane,
      beginStage: async (...args: Parameters<typeof controlPlane.beginStage>) => {
        const [{ buildId }, stage] = args
        asked.push(stage)
        // What a cancel stores, without the word to the workflow: that may be arbitrarily late.
        await db
          .updateTable('builds')
          .set({ cancel_requested_at: new Date() })
          .where('id', '=', buildId)
          .execute()
        return controlPlane.beginStage(...args)
      },
    },
    running: createRunning(),
    random: Math.random,
    now: () => new Date(),
    lostLines: createLostLines(),
    explain,
  }
  const begins = async () => Promise.reject(new Error('it was not to begin'))
  const build = async (ref: AttemptRef) => attendStage(startStage(deps, ref, 'building', begins))
  await using node = await joinNode(farm, { name: 'late', gpus: [], incarnation, build })
  credential = node.credential
  const client = createClient(farm.url)
  const done = await client.build({ name: 'late', dockerfile: `FROM ${farm.baseImage}\n` })
  expect(done).toMatchObject({ status: 'cancelled', failure: { code: 'cancelled' }, attempt: 1 })
  expect(done.attempts).toMatchObject([{ failure: { code: 'cancelled' } }])
  expect(asked).toEqual(['building'])
})
