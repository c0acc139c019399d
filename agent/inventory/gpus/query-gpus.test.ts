import { expect, it } from 'vitest'
import type { SmiAnswer } from './ask-nvidia-smi.ts'
import { createGpuQuery } from './query-gpus.ts'

/** An nvidia-smi with one GPU that does not know some fields. */
function smiWithout(...unknown: readonly string[]) {
  const asked: string[] = []
  const ask = async ([query = '']: readonly string[]): Promise<SmiAnswer> => {
    asked.push(query)
    const fields = query.replace('--query-gpu=', '').split(',')
    const bad = fields.find((field) => unknown.includes(field))
    if (bad !== undefined) {
      return { exit: 2, output: `Field "${bad}" is not a valid field to query.` }
    }
    const row = fields.map((field) => (field === 'uuid' ? 'GPU-1f' : `${field}!`))
    return { stdout: `${row.join(', ')}\n` }
  }
  return { ask, asked }
}

it('joins what is asked for in two parts', async () => {
  const { gpus, findings } = await createGpuQuery(smiWithout().ask)()
  expect(gpus).toEqual([
    expect.objectContaining({ uuid: 'GPU-1f', name: 'name!', compute_cap: 'compute_cap!' }),
  ])
  expect(findings).toEqual([])
})

it('leaves out what an older driver does not know, from then on', async () => {
  const { ask, asked } = smiWithout('compute_cap', 'memory.reserved')
  const query = createGpuQuery(ask)
  const { gpus, findings } = await query()
  expect(gpus[0]).not.toHaveProperty('compute_cap')
  expect(gpus[0]).toHaveProperty('serial')
  expect(findings.map(({ code, params }) => [code, params['field']])).toEqual([
    ['UNSUPPORTED_QUERY', 'compute_cap'],
    ['UNSUPPORTED_QUERY', 'memory.reserved'],
  ])
  const before = asked.length
  await query()
  expect(asked.length - before).toBe(2)
})

it('asks by the former name where a driver has not renamed the field yet', async () => {
  const { gpus, findings } = await createGpuQuery(smiWithout('clocks_event_reasons.active').ask)()
  expect(gpus[0]).toHaveProperty(['clocks_throttle_reasons.active'])
  expect(findings).toEqual([])
})

it.each([
  [9, "couldn't communicate with the NVIDIA driver", 'DRIVER_NOT_LOADED'],
  [15, 'GPU is lost', 'GPU_LOST'],
  [12, '', 'NVML_MISSING'],
  [124, '', 'PROBE_TIMEOUT'],
  [127, '', 'DRIVER_NOT_INSTALLED'],
  [1, 'Failed to initialize NVML: Driver/library version mismatch', 'DRIVER_VERSION_MISMATCH'],
])('says what exit %i means: %s', async (exit, output, code) => {
  const { gpus, findings } = await createGpuQuery(async () => ({ exit, output }))()
  expect(gpus).toEqual([])
  expect(findings).toMatchObject([{ code }])
})
