import { readdir, readFile, readlink, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { NodeFinding } from '#contract/node.ts'
import { nodeFinding } from './finding.ts'
import type { GpuHost } from './host.ts'
import { addressOf } from './pci-address.ts'

/** What the node's files say of its driver, without asking it. */
export interface DriverFiles {
  /** Of the module that the kernel has loaded. */
  readonly kernel: string | undefined
  /** Of the library that programs load. */
  readonly library: string | undefined
  /** NVIDIA's GPUs on the PCI bus, each with the driver that holds it: none, `nvidia`, `nouveau`, `vfio-pci`. */
  readonly pciGpus: readonly { readonly address: string; readonly driver: string }[]
  /** Numbers of the device nodes that the driver has for its GPUs. */
  readonly minors: readonly number[]
  /** Names below /dev that start with `nvidia`. */
  readonly nodes: readonly string[]
}

const nvidia = '0x10de'
/** Display controllers of any kind: VGA and 3D. */
const display = '0x03'
const libraryFolders = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
] as const

export async function readDriverFiles({ root }: Pick<GpuHost, 'root'>): Promise<DriverFiles> {
  const version = await readText(`${root}/proc/driver/nvidia/version`)
  return {
    kernel: parseKernelVersion(version),
    library: await readLibraryVersion(root),
    pciGpus: await readPci(`${root}/sys/bus/pci/devices`),
    minors: await readMinors(`${root}/proc/driver/nvidia/gpus`),
    nodes: (await list(`${root}/dev`)).filter((name) => name.startsWith('nvidia')),
  }
}

/** `NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  …`; open modules put `Open` in front of `Kernel`. */
export function parseKernelVersion(text: string): string | undefined {
  return /^NVRM version:.*?\s(\d+(?:\.\d+)+)\s/m.exec(text)?.[1]
}

/** What is wrong with a driver, going by its files. */
export function judgeDriver(files: DriverFiles): readonly NodeFinding[] {
  const { kernel, library, pciGpus, minors, nodes } = files
  if (pciGpus.length === 0 && kernel === undefined) return [nodeFinding('NODE_NO_NVIDIA_GPU')]
  if (pciGpus.some(({ driver }) => driver === 'nouveau')) return [nodeFinding('NOUVEAU_LOADED')]
  if (kernel === undefined) {
    return [nodeFinding(library === undefined ? 'DRIVER_NOT_INSTALLED' : 'DRIVER_NOT_LOADED')]
  }
  const wanted = ['nvidiactl', 'nvidia-uvm', ...minors.map((minor) => `nvidia${minor}`)]
  const absent = wanted.filter((name) => !nodes.includes(name)).join(', ')
  return [
    ...(library !== undefined && library !== kernel
      ? [nodeFinding('DRIVER_VERSION_MISMATCH', { kernel, library })]
      : []),
    ...(absent === '' ? [] : [nodeFinding('DEVICE_NODES_MISSING', { nodes: absent })]),
  ]
}

/** GPUs that the driver holds and nvidia-smi does not show. @param shown bus ids as nvidia-smi prints them. */
export function judgeLost(
  { pciGpus }: DriverFiles,
  shown: readonly string[],
): readonly NodeFinding[] {
  const known = new Set(shown.map(addressOf))
  return pciGpus
    .filter(({ address, driver }) => driver === 'nvidia' && !known.has(addressOf(address)))
    .map(({ address }) => nodeFinding('GPU_LOST', { uuid: address }))
}

/** The driver has a folder for each GPU that it holds. */
async function readMinors(folder: string): Promise<readonly number[]> {
  const texts = (await list(folder)).map(async (name) =>
    readText(join(folder, name, 'information')),
  )
  return (await Promise.all(texts)).flatMap((text) => {
    const minor = /^Device Minor:\s+(\d+)/m.exec(text)?.[1]
    return minor === undefined ? [] : [Number(minor)]
  })
}

async function readLibraryVersion(root: string): Promise<string | undefined> {
  for (const folder of libraryFolders) {
    const path = await realpath(`${root}${folder}/libcuda.so.1`).catch(() => undefined)
    const version = path && /^libcuda\.so\.(\d+(?:\.\d+)+)$/.exec(basename(path))?.[1]
    if (version !== undefined && version !== '') return version
  }
  return undefined
}

async function readPci(folder: string) {
  const devices = await Promise.all(
    (await list(folder)).map(async (address) => {
      const [vendor, kind, link] = await Promise.all([
        readText(join(folder, address, 'vendor')),
        readText(join(folder, address, 'class')),
        readlink(join(folder, address, 'driver')).catch(() => ''),
      ])
      const isGpu = vendor.trim() === nvidia && kind.startsWith(display)
      return isGpu ? [{ address, driver: basename(link) }] : []
    }),
  )
  return devices.flat()
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

async function list(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}
