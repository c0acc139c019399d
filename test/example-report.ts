import type { DriverReport, ProbedDevice } from '#contract/probe-report.ts'

export const exampleUuid = 'GPU-00000000-0000-4000-8000-000000000001'
export const exampleLibcuda = '/usr/lib/x86_64-linux-gnu/libcuda.so.580.65.06'

const device: ProbedDevice = {
  ok: true,
  reason: 'OK',
  detail: '',
  index: 0,
  uuid: exampleUuid,
  name: 'NVIDIA A100-SXM4-40GB',
  compute_capability: '8.0',
  compute_mode: 0,
  ecc: true,
  memory_bytes: 42_949_672_960,
  free_bytes: 42_000_000_000,
  kernel_ms: 0.5,
  stage: 'done',
  cuda_code: 0,
}

/** What the probe says on a GPU that is well, but for what a test changes. */
export function passed(
  change: Partial<DriverReport> = {},
  deviceChange: Partial<ProbedDevice> = {},
): DriverReport {
  return {
    probe: 'cuda-driver',
    version: 1,
    nonce: 'nonce',
    ok: true,
    reason: 'OK',
    detail: '',
    stage: 'done',
    cuda_code: 0,
    libcuda: exampleLibcuda,
    simulated: false,
    driver_cuda: 13_000,
    visible_devices: null,
    nodes: ['nvidia0', 'nvidia-uvm', 'nvidiactl'],
    device_count: 1,
    devices: [{ ...device, ...deviceChange }],
    duration_ms: 200,
    ...change,
  }
}

/** What the probe says when the driver answers with an error before there is a device. */
export function refused(reason: string, change: Partial<DriverReport> = {}): DriverReport {
  return passed({
    ok: false,
    reason,
    stage: 'init',
    device_count: 0,
    devices: [],
    ...change,
  })
}
