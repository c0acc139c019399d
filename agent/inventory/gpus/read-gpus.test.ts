import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { optionalFields, requiredFields } from '../../../cuda/tables/nvidia-smi.ts'
import { createGpuReader } from './read-gpus.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kiln-read-gpus-'))
})
afterAll(async () => rm(root, { recursive: true, force: true }))

const rowOf = (fields: readonly string[]) =>
  fields.map((field) => (field === 'uuid' ? 'GPU-1f' : '8192')).join(', ')

/** Reads a node whose nvidia-smi does this when it is asked for the processes. */
async function readWith(processes: string) {
  const nvidiaSmi = join(root, 'nvidia-smi')
  const script = `#!/bin/sh
case "$1" in
  --query-gpu=${requiredFields.join(',')}) echo '${rowOf(requiredFields)}' ;;
  --query-gpu=*) echo '${rowOf(['uuid', ...optionalFields])}' ;;
  --query-compute-apps=*) ${processes} ;;
esac
`
  await writeFile(nvidiaSmi, script, { mode: 0o755 })
  const host = { root, nvidiaSmi, environment: { PATH: process.env['PATH'] }, cdiDirs: [] }
  const clearedFile = join(root, 'cleared')
  const read = createGpuReader({
    host,
    readKernelLog: async () => [],
    readNoted: async () => [],
    clearedFile,
  })
  return read({ full: false })
}

it('knows which GPUs are free of steps only when the driver says so', async () => {
  const silent = await readWith('echo "Unknown Error"; exit 255')
  expect([...silent.gpus, ...silent.faulty]).toHaveLength(1)
  expect(silent.occupied).toBeUndefined()
  expect((await readWith('true')).occupied).toEqual([])
})
