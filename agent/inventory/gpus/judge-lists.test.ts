import { expect, it } from 'vitest'
import { judgeProcesses } from './foreign-processes.ts'
import { parseMigs } from './list-migs.ts'
import { judgeDump } from './parse-dump.ts'
import { judgeRemappedRows } from './remapped-rows.ts'

it('reads MIG instances with the GPU that they are a part of', () => {
  const text = [
    'GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-a)',
    'GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-b)',
    '  MIG 1g.10gb     Device  0: (UUID: MIG-1)',
    '  MIG 3g.40gb     Device  1: (UUID: MIG-2)',
    '',
  ].join('\n')
  expect(parseMigs(text)).toEqual([
    { gpu: 'GPU-b', uuid: 'MIG-1', profile: '1g.10gb' },
    { gpu: 'GPU-b', uuid: 'MIG-2', profile: '3g.40gb' },
  ])
})

it('tells of memory rows, whether the driver counts or says', () => {
  const csv = ['GPU-a, 0, 0', 'GPU-b, 1, 0', 'GPU-c, No, Yes', 'GPU-d, [N/A], [N/A]'].join('\n')
  expect(judgeRemappedRows(csv).map(({ gpu, code }) => [gpu, code])).toEqual([
    ['GPU-b', 'GPU_ROW_REMAP_PENDING'],
    ['GPU-c', 'GPU_ROW_REMAP_FAILED'],
  ])
})

it("tells how much memory others hold, by GPU, without the farm's own", () => {
  const csv = ['GPU-a, 10, 512, python, a', 'GPU-a, 11, 100, [N/A]', 'GPU-b, 12, 7, kiln'].join(
    '\n',
  )
  expect(judgeProcesses(csv, (pid) => pid === 12)).toMatchObject([
    { code: 'GPU_BUSY_FOREIGN', gpu: 'GPU-a', params: { mib: 612, processes: 'python, a, [N/A]' } },
  ])
})

it('reads from the whole dump what the driver asks for', () => {
  const gpu = (uuid: string, action: string, fabric: string) =>
    `<gpu id="0"><uuid>${uuid}</uuid><gpu_recovery_action>${action}</gpu_recovery_action>` +
    `<fabric><state>${fabric}</state></fabric></gpu>`
  const xml = [
    gpu('GPU-a', 'None', 'Completed'),
    gpu('GPU-b', 'Reset', 'N/A'),
    gpu('GPU-c', 'None', 'In Progress'),
  ].join('\n')
  expect(judgeDump(`<nvidia_smi_log>${xml}</nvidia_smi_log>`)).toMatchObject([
    { code: 'GPU_RECOVERY_NEEDED', gpu: 'GPU-b', params: { action: 'Reset' } },
    { code: 'FABRIC_MANAGER_DOWN', params: { fabric: 'In Progress' } },
  ])
})
