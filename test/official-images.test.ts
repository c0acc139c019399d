import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'

describe('TC-01: official images are listed', () => {
  let farm: Farm
  beforeAll(async () => {
    farm = await startFarm({ agent: false })
  })
  afterAll(async () => farm[Symbol.asyncDispose]())

  const list = async (query: string) => {
    const reply = await createClient(farm.url).request(`/api/images${query}`)
    expect(reply.status).toBe(200)
    return (await reply.json()) as { images: { name: string }[]; next_cursor?: string }
  }

  it('shows the four presets with exactly the fields of the contract', async () => {
    const gib = 1024 ** 3
    expect(await list('?is_official=true')).toEqual({
      images: [
        preset(
          1,
          'ubuntu20-pytorch:2.0',
          'pytorch',
          'Ubuntu 20.04 + PyTorch 2.0, CUDA 11.8',
          8 * gib,
        ),
        preset(
          2,
          'ubuntu20-tensorflow:2.12',
          'tensorflow',
          'Ubuntu 20.04 + TensorFlow 2.12, CUDA 11.8',
          7 * gib,
        ),
        preset(3, 'ubuntu22-cuda:12.0', 'cuda', 'Ubuntu 22.04, CUDA 12.0', 5 * gib),
        preset(
          4,
          'ubuntu20-jupyter:latest',
          'jupyter',
          'Ubuntu 20.04 + JupyterLab, CUDA 11.8',
          6 * gib,
        ),
      ],
    })
  })

  it('filters by category and by officialness', async () => {
    expect((await list('?category=cuda')).images.map(({ name }) => name)).toEqual([
      'ubuntu22-cuda:12.0',
    ])
    expect((await list('?is_official=false')).images).toEqual([])
  })

  it('pages by key', async () => {
    const first = await list('?limit=3')
    expect(first.images).toHaveLength(3)
    const second = await list(`?limit=3&cursor=${first.next_cursor}`)
    expect(second.images.map(({ name }) => name)).toEqual(['ubuntu20-jupyter:latest'])
    expect(second.next_cursor).toBeUndefined()
  })

  it('says of a preset that is not built that it cannot be pulled', async () => {
    const reply = await createClient(farm.url).request('/api/images/1')
    expect(await reply.json()).toMatchObject({
      available: false,
      size_is: 'nominal',
      reference: null,
    })
  })

  it('refuses a query that it does not understand', async () => {
    const reply = await createClient(farm.url).request('/api/images?limit=1000')
    expect(reply.status).toBe(400)
    expect(await reply.json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ field: 'limit' }],
    })
  })
})

function preset(id: number, name: string, category: string, description: string, size: number) {
  return { id, name, category, description, size, is_official: true }
}
