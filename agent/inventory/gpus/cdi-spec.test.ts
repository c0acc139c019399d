import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { judgeCdi, readCdiGpus } from './cdi-spec.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-cdi-'))
})
afterEach(async () => rm(folder, { recursive: true, force: true }))

const yaml = (library: string) => `---
cdiVersion: 0.5.0
kind: nvidia.com/gpu
devices:
    - name: "0"
      containerEdits:
        deviceNodes:
            - path: /dev/null
    - name: GPU-1f
      containerEdits:
        deviceNodes:
            - path: /dev/null
containerEdits:
    mounts:
        - hostPath: ${library}
          containerPath: /usr/lib/x86_64-linux-gnu/libcuda.so.580.65.06
          options: [ro]
`

const write = async (name: string, text: string) => writeFile(join(folder, name), text)
const gpus = new Map([['GPU-1f', ['GPU-1f']]])
const read = async () => readCdiGpus({ cdiDirs: [join(folder, 'absent'), folder] })

it('reads the devices and the driver of a specification', async () => {
  const library = join(folder, 'libcuda.so.580.65.06')
  await write('libcuda.so.580.65.06', '')
  await write('nvidia.yaml', yaml(library))
  const cdi = await read()
  expect(cdi).toEqual({
    devices: ['nvidia.com/gpu=0', 'nvidia.com/gpu=GPU-1f'],
    libcuda: ['/usr/lib/x86_64-linux-gnu/libcuda.so.580.65.06'],
    driver: '580.65.06',
    missing: [],
    broken: [],
  })
  expect(judgeCdi(cdi, gpus, '580.65.06')).toEqual([])
  expect(judgeCdi(cdi, gpus, '590.1')).toMatchObject([
    { code: 'CDI_SPEC_STALE', params: { spec: '580.65.06', driver: '590.1' } },
  ])
})

it('tells of a specification whose files are gone', async () => {
  await write('nvidia.yaml', yaml('/gone/libcuda.so.580.65.06'))
  expect(judgeCdi(await read(), gpus, '580.65.06')).toMatchObject([
    { code: 'CDI_SPEC_STALE', params: { missing: '/gone/libcuda.so.580.65.06' } },
  ])
})

it.each([
  ['other.json', JSON.stringify({ kind: 'vendor.com/net', devices: [{ name: '0' }] })],
  ['text.yaml', 'nothing'],
])('has no GPUs from %s', async (name, text) => {
  await write(name, text)
  expect(judgeCdi(await read(), new Map(), undefined)).toMatchObject([{ code: 'CDI_SPEC_MISSING' }])
})

it('passes over a file that is broken, and tells of it', async () => {
  const library = join(folder, 'libcuda.so.580.65.06')
  await write('libcuda.so.580.65.06', '')
  await write('a-broken.yaml', 'kind: [nvidia.com/gpu')
  await write('incomplete.json', JSON.stringify({ kind: 'nvidia.com/gpu' }))
  await write('nvidia.yaml', yaml(library))
  expect(judgeCdi(await read(), gpus, undefined)).toMatchObject([
    { code: 'CDI_SPEC_BROKEN', severity: 'warn', params: { path: join(folder, 'a-broken.yaml') } },
    { code: 'CDI_SPEC_BROKEN', params: { path: join(folder, 'incomplete.json') } },
  ])
})

it('takes out a GPU or the card of an instance that no specification names', async () => {
  await write('nvidia.yaml', yaml('/dev/null'))
  const some = new Map([...gpus, ['GPU-2', ['GPU-2']], ['GPU-3', ['MIG-1']]])
  const found = judgeCdi(await read(), some, undefined)
  expect(found).toMatchObject([
    { code: 'CDI_DEVICE_MISSING', severity: 'error', gpu: 'GPU-2', params: { device: 'GPU-2' } },
    { code: 'CDI_DEVICE_MISSING', gpu: 'GPU-3', params: { device: 'MIG-1' } },
  ])
})
