/** A GPU as the simulated driver presents it; `(simulated)` is added to its name wherever it is told. */
export interface SimulatedGpu {
  readonly minor: number
  readonly uuid: string
  readonly capability: string
  readonly memoryMib: number
  readonly name: string
}

export interface SimulatedMig {
  /** Minor number of the GPU that it is a part of. */
  readonly gpu: number
  readonly uuid: string
  readonly profile: string
  readonly memoryMib: number
  /** Id of the GPU instance. */
  readonly instance: number
  /** Minor numbers of its two device nodes below /dev/nvidia-caps. */
  readonly caps: readonly [number, number]
}

export interface SimulatedNodeConfig {
  readonly driver: string
  /** As the driver API tells it: 13000 is 13.0. */
  readonly cuda: number
  readonly gpus: readonly SimulatedGpu[]
  readonly migs?: readonly SimulatedMig[]
  readonly processes?: readonly { gpu: number; pid: number; memoryMib: number; name: string }[]
  /** What a function answers, or other things that go wrong; `sim/sim.h` says how they are read. */
  readonly faults?: Readonly<Record<string, string>>
  /** What nvidia-smi prints for a GPU, by field. */
  readonly fields?: readonly { gpu: number; name: string; value: string }[]
}

const uuid = (last: string) => `GPU-4b696c6e-0000-4000-8000-${last.padStart(12, '0')}`
const driver = { driver: '580.65.06', cuda: 13_000 }

const gpu = (minor: number, last: string, capability: string, memoryMib: number, name: string) => ({
  minor,
  uuid: uuid(last),
  capability,
  memoryMib,
  name,
})

const h100 = gpu(1, '9001', '9.0', 81_559, 'NVIDIA H100 80GB HBM3')

/** One node for each class of GPU that behaves differently. */
export const nodeClasses = {
  a100: { ...driver, gpus: [gpu(0, '8001', '8.0', 40_960, 'NVIDIA A100-SXM4-40GB')] },
  h100: { ...driver, gpus: [gpu(0, '9000', '9.0', 81_559, 'NVIDIA H100 80GB HBM3'), h100] },
  rtx4090: {
    driver: '550.54.15',
    cuda: 12_040,
    gpus: [gpu(0, '8901', '8.9', 24_564, 'NVIDIA GeForce RTX 4090')],
  },
  v100: {
    driver: '535.183.01',
    cuda: 12_020,
    gpus: [gpu(0, '7001', '7.0', 16_384, 'Tesla V100-SXM2-16GB')],
  },
  migSlice: {
    ...driver,
    gpus: [gpu(0, '9002', '9.0', 81_559, 'NVIDIA H100 80GB HBM3')],
    migs: [
      {
        gpu: 0,
        uuid: 'MIG-4b696c6e-0000-4000-8000-000000009102',
        profile: '1g.10gb',
        memoryMib: 9_984,
        instance: 7,
        caps: [66, 67],
      },
      {
        gpu: 0,
        uuid: 'MIG-4b696c6e-0000-4000-8000-000000009103',
        profile: '1g.10gb',
        memoryMib: 9_984,
        instance: 8,
        caps: [75, 76],
      },
    ],
  },
} as const satisfies Record<string, SimulatedNodeConfig>

/** The text that all the stand-ins read. */
export function configText(config: SimulatedNodeConfig): string {
  const { gpus, migs = [], processes = [], faults = {}, fields = [] } = config
  const lines: readonly (readonly (string | number)[])[] = [
    ['driver', config.driver],
    ['cuda', config.cuda],
    ...gpus.map((one) => ['gpu', one.minor, one.uuid, one.capability, one.memoryMib, one.name]),
    ...migs.map((one) => [
      'mig',
      one.gpu,
      one.uuid,
      one.profile,
      one.memoryMib,
      one.instance,
      ...one.caps,
    ]),
    ...processes.map((one) => ['process', one.gpu, one.pid, one.memoryMib, one.name]),
    ...Object.entries(faults).map(([what, value]) => ['fault', what, value]),
    ...fields.map((one) => ['field', one.gpu, one.name, one.value]),
  ]
  return lines.map((line) => `${line.join('\t')}\n`).join('')
}
