import type { ReasonCode } from '../../cuda/tables/reasons.ts'
import type { Fault } from '../../agent/cuda/fault.ts'
import { nodeClasses, type SimulatedNodeConfig } from './kit/node-classes.ts'
import type { CdiSpec } from './kit/simulated-node.ts'

/** Something that goes wrong between a node and an image, and what must be said of it. */
export interface FaultCase {
  readonly title: string
  readonly code: ReasonCode
  readonly owner: Fault['owner']
  /** Two where a second look is worth it. */
  readonly attempts?: number
  readonly config?: Partial<SimulatedNodeConfig>
  /** Changes what the node gives to containers. @param driver folder of the compiled stand-ins. */
  readonly spec?: (spec: CdiSpec, driver: string) => CdiSpec
  /** Lines of the Dockerfile after the root file system. */
  readonly lines?: readonly string[]
  /** Files of the image: paths and what is put there, a stand-in of the driver or nothing. */
  readonly files?: Readonly<Record<string, 'libcuda.so' | 'nothing'>>
  readonly limitSeconds?: number
  readonly minFreeMib?: number
}

const { a100 } = nodeClasses
const [gpu] = a100.gpus
const answering = (call: string, answer: string | number) => ({
  config: { faults: { [call]: String(answer) } },
})
const holding = (memoryMib: number) => ({
  config: { processes: [{ gpu: 0, pid: 4711, memoryMib, name: 'python' }] },
})

type Edits = CdiSpec['containerEdits']

const leaveOut = (path: RegExp, { mounts = [], deviceNodes = [], ...rest }: Edits): Edits => ({
  ...rest,
  mounts: mounts.filter((mount) => !path.test(mount.containerPath)),
  deviceNodes: deviceNodes.filter((node) => !path.test(node.path)),
})

const without =
  (path: RegExp) =>
  (spec: CdiSpec): CdiSpec => ({
    ...spec,
    containerEdits: leaveOut(path, spec.containerEdits),
    devices: spec.devices.map((device) => ({
      ...device,
      // A device must change something, or the whole specification counts as broken.
      containerEdits: { ...leaveOut(path, device.containerEdits), env: ['KILN_TEST=1'] },
    })),
  })

const withIncompleteLibrary = (spec: CdiSpec, driver: string): CdiSpec => {
  const mounts = (spec.containerEdits.mounts ?? []).map((mount) =>
    mount.containerPath.includes('libcuda.so')
      ? { ...mount, hostPath: `${driver}/libcuda-incomplete.so` }
      : mount,
  )
  return { ...spec, containerEdits: { ...spec.containerEdits, mounts } }
}

export const faultCases: readonly FaultCase[] = [
  {
    title: 'no driver library in the container',
    code: 'LIBCUDA_MISSING',
    owner: 'farm',
    spec: without(/libcuda\.so/),
  },
  {
    title: 'an empty libcuda.so.1 that an earlier step with a GPU left in the image',
    code: 'LIBCUDA_BROKEN_FILE',
    owner: 'image',
    files: { '/opt/old/libcuda.so.1': 'nothing' },
    lines: ['ENV LD_LIBRARY_PATH=/opt/old'],
  },
  {
    title: 'a driver library that lacks a function',
    code: 'LIBCUDA_INCOMPLETE',
    owner: 'node',
    spec: withIncompleteLibrary,
  },
  {
    title: "the toolkit's stub on the library path, even one that works",
    code: 'LIBCUDA_STUB',
    owner: 'image',
    files: { '/usr/local/cuda/lib64/stubs/libcuda.so.1': 'libcuda.so' },
    lines: ['ENV LD_LIBRARY_PATH=/usr/local/cuda/lib64/stubs'],
  },
  {
    title: 'a library that says that it is a stub (34)',
    code: 'LIBCUDA_STUB',
    owner: 'image',
    attempts: 2,
    ...answering('cuInit', 34),
  },
  {
    title: 'a driver that shows no GPU (100)',
    code: 'NO_DEVICE',
    owner: 'node',
    attempts: 2,
    ...answering('cuInit', 100),
  },
  {
    title: 'an image that hides the GPUs by CUDA_VISIBLE_DEVICES',
    code: 'NO_DEVICE',
    owner: 'image',
    attempts: 2,
    lines: ['ENV CUDA_VISIBLE_DEVICES=""'],
  },
  {
    title: 'a container without the device node of its GPU',
    code: 'NO_DEVICE',
    owner: 'farm',
    attempts: 2,
    spec: without(/nvidia\d+$/),
  },
  {
    title: 'a container without the node of unified memory',
    code: 'CUDA_UNKNOWN',
    owner: 'node',
    attempts: 2,
    spec: without(/nvidia-uvm/),
  },
  {
    title: 'an NVSwitch machine without fabric manager (802)',
    code: 'SYSTEM_NOT_READY',
    owner: 'node',
    attempts: 2,
    ...answering('cuInit', 802),
  },
  {
    title: 'a driver that was updated without a reboot (803)',
    code: 'DRIVER_LIBRARY_MISMATCH',
    owner: 'node',
    attempts: 2,
    ...answering('cuInit', 803),
  },
  {
    title: 'forward compatibility on a GPU that does not allow it (804)',
    code: 'COMPAT_NOT_SUPPORTED_ON_DEVICE',
    owner: 'image',
    attempts: 2,
    ...answering('cuInit', 804),
  },
  {
    title: 'a GPU that another process holds alone (46)',
    code: 'GPU_BUSY_EXCLUSIVE',
    owner: 'node',
    attempts: 2,
    ...answering('cuDevicePrimaryCtxRetain', 46),
  },
  {
    title: 'an operation that the container may not do (800)',
    code: 'GPU_ACCESS_NOT_PERMITTED',
    owner: 'farm',
    ...answering('cuDevicePrimaryCtxRetain', 800),
  },
  {
    title: 'a GPU whose memory others have filled (2)',
    code: 'GPU_OUT_OF_MEMORY',
    owner: 'node',
    attempts: 2,
    minFreeMib: 0,
    ...holding(gpu.memoryMib - 300),
  },
  {
    title: 'a GPU with less free memory than is asked for',
    code: 'GPU_MEMORY_LOW',
    owner: 'node',
    ...holding(gpu.memoryMib - 600),
  },
  {
    title: 'memory errors that cannot be corrected (214)',
    code: 'GPU_ECC_UNCORRECTABLE',
    owner: 'node',
    ...answering('cuCtxSynchronize', 214),
  },
  {
    title: 'a GPU that is too old for the kernel (209)',
    code: 'NO_KERNEL_IMAGE',
    owner: 'node',
    config: { gpus: [{ ...gpu, capability: '3.7', name: 'Tesla K80' }] },
  },
  {
    title: 'a driver that is too old for the PTX (222)',
    code: 'PTX_TOO_NEW_FOR_DRIVER',
    owner: 'node',
    config: { cuda: 8_000 },
  },
  {
    title: 'a kernel that hits a bad address (700)',
    code: 'KERNEL_ILLEGAL_ADDRESS',
    owner: 'node',
    ...answering('cuCtxSynchronize', 700),
  },
  {
    title: 'a kernel that fails (719)',
    code: 'KERNEL_LAUNCH_FAILED',
    owner: 'node',
    ...answering('cuCtxSynchronize', 719),
  },
  {
    title: 'three values of 65,536 that are wrong in the last place',
    code: 'WRONG_RESULT',
    owner: 'node',
    ...answering('wrong_values', 3),
  },
  {
    title: 'a driver that does not come back',
    code: 'PROBE_TIMEOUT',
    owner: 'node',
    limitSeconds: 2,
    ...answering('cuCtxSynchronize', 'hang'),
  },
]
