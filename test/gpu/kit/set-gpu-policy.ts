import { expect } from 'vitest'
import { createClient } from '../../client.ts'

/** Says what becomes of images of the project `default` that find no GPU. */
export async function setGpuPolicy(url: string, policy: object): Promise<void> {
  const reply = await createClient(url).request('/api/projects/default', {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ gpu_policy: policy }),
  })
  expect(reply.status).toBe(200)
}
