import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect, type Pool } from '../records/connect.ts'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'

describe('what the layers of an image say', () => {
  let farm: Farm
  let db: Pool
  beforeAll(async () => {
    farm = await startFarm()
    db = connect(farm.databaseUrl)
  })
  afterAll(async () => {
    await db.destroy()
    await farm[Symbol.asyncDispose]()
  })

  const build = async (...lines: readonly string[]) => {
    const dockerfile = [`FROM ${farm.baseImage}`, ...lines].join('\n')
    const done = await createClient(farm.url).build({ name: 'team/facts:1', dockerfile })
    expect(done).toMatchObject({ status: 'succeeded', verification: { verdict: 'not_gpu' } })
    return done
  }
  const told = async (id: string) =>
    db
      .selectFrom('attempts')
      .leftJoin('image_facts', 'image_facts.digest', 'attempts.facts_digest')
      .select(['attempts.facts_digest as digest', 'image_facts.facts'])
      .where('attempts.build_id', '=', id)
      .executeTakeFirst()

  it('is known before it is published, also of a base whose layers no step has needed', async () => {
    const { id, digest } = await build('ENV NVIDIA_VISIBLE_DEVICES=none')
    expect(await told(id)).toMatchObject({
      digest,
      facts: { env: { NVIDIA_VISIBLE_DEVICES: 'none' }, platform: { os: 'linux' } },
    })
  })

  it('is told once for the same bytes', async () => {
    const first = await build('RUN echo same > /same')
    expect(await told(first.id)).toMatchObject({ digest: first.digest })
    const second = await build('RUN echo same > /same')
    expect(second.digest).toBe(first.digest)
    expect(await told(second.id)).toEqual({ digest: null, facts: null })
  })
})
