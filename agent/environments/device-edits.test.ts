import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readDeviceEdits, UnknownDevice } from './device-edits.ts'

let folder: string
const device = (name: string, path: string) => ({
  name,
  containerEdits: { deviceNodes: [{ path, hostPath: '/dev/null' }], env: [`OWN=${name}`] },
})
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-cdi-'))
  const spec = {
    cdiVersion: '0.6.0',
    kind: 'nvidia.com/gpu',
    devices: [device('GPU-1', '/dev/nvidia0'), device('GPU-2', '/dev/nvidia1')],
    containerEdits: {
      env: ['ALL=1'],
      mounts: [{ hostPath: '/lib/a', containerPath: '/lib/b' }],
      hooks: [{ hookName: 'createContainer', path: '/hook', args: ['hook', 'x'] }],
    },
  }
  await writeFile(join(folder, 'nvidia.json'), JSON.stringify(spec))
  const other = { ...spec, kind: 'example.com/fpga', devices: [device('GPU-3', '/dev/fpga')] }
  await writeFile(join(folder, 'other.json'), JSON.stringify(other))
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

it('gives what one GPU needs and nothing of another', async () => {
  expect(await readDeviceEdits([folder], 'GPU-2')).toEqual({
    env: ['ALL=1', 'OWN=GPU-2'],
    mounts: [
      {
        hostPath: '/lib/a',
        containerPath: '/lib/b',
        options: ['ro', 'nosuid', 'nodev', 'bind'],
      },
    ],
    hooks: [{ hookName: 'createContainer', path: '/hook', args: ['hook', 'x'], env: [] }],
    additionalGids: [],
    devices: [{ path: '/dev/nvidia1', type: 'c', major: 1, minor: 3, permissions: 'rw' }],
  })
})

it.each(['GPU-3', 'GPU-4'])(
  'knows no %s, as no specification of NVIDIA’s names it',
  async (uuid) => {
    await expect(readDeviceEdits([folder], uuid)).rejects.toBeInstanceOf(UnknownDevice)
  },
)
