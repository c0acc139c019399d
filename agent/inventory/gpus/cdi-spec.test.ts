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
  })
  expect(judgeCdi(cdi, '580.65.06')).toEqual([])
  expect(judgeCdi(cdi, '590.1')).toMatchObject([
    { code: 'CDI_SPEC_STALE', params: { spec: '580.65.06', driver: '590.1' } },
  ])
})

it('tells of a specification whose files are gone', async () => {
  await write('nvidia.yaml', yaml('/gone/libcuda.so.580.65.06'))
  expect(judgeCdi(await read(), '580.65.06')).toMatchObject([
    { code: 'CDI_SPEC_STALE', params: { missing: '/gone/libcuda.so.580.65.06' } },
  ])
})

it.each([
  ['other.json', JSON.stringify({ kind: 'vendor.com/net', devices: [{ name: '0' }] })],
  ['broken.yaml', 'kind: [nvidia.com/gpu'],
  ['text.yaml', 'nothing'],
])('has no GPUs from %s', async (name, text) => {
  await write(name, text)
  expect(judgeCdi(await read(), undefined)).toMatchObject([{ code: 'CDI_SPEC_MISSING' }])
})
