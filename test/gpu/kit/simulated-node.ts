import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from '../../../process/run.ts'
import { type SimulatedNodeConfig, configText } from './node-classes.ts'

export interface NvidiaTools {
  readonly ctk: string
  readonly hook: string
}

interface ContainerEdits {
  readonly env?: readonly string[]
  readonly deviceNodes?: readonly { readonly path: string }[]
  readonly mounts?: readonly {
    readonly hostPath: string
    readonly containerPath: string
    readonly options: readonly string[]
  }[]
}

/** A CDI specification, as far as tests change it. */
export interface CdiSpec {
  readonly kind: string
  readonly devices: readonly { readonly name: string; readonly containerEdits: ContainerEdits }[]
  readonly containerEdits: ContainerEdits
}

/** A node with a simulated driver: its files below a root of its own, and its GPUs as nvidia-ctk describes them. */
export interface SimulatedNode {
  readonly root: string
  /** Where its libraries are, in the root and in containers. */
  readonly libraryFolder: string
  readonly libcuda: string
  readonly spec: CdiSpec
  readonly nvidiaSmi: string
  readonly configFile: string
  /** Changes what all the stand-ins do from now on, also in containers that run. */
  configure(config: SimulatedNodeConfig): Promise<void>
}

const limitMs = 30_000
const configInContainers = '/etc/kiln-sim/gpu.conf'
const gpuMajor = 195
const control = 255
const uvmMajor = 510
const capsMajor = 236
/** As the stand-ins number the PCI buses of their GPUs. */
const firstBus = 7
const libraries =
  process.arch === 'arm64' ? '/usr/lib/aarch64-linux-gnu' : '/usr/lib/x86_64-linux-gnu'

/**
 * Lays out what a node with a driver has, and lets the real nvidia-ctk describe it.
 * @param driver the folder of the compiled stand-ins. Needs root: device nodes are made.
 */
export async function createSimulatedNode(
  driver: string,
  tools: NvidiaTools,
  root: string,
  config: SimulatedNodeConfig,
): Promise<SimulatedNode> {
  const configFile = join(root, 'gpu.conf')
  const configure = async (changed: SimulatedNodeConfig) =>
    writeFile(configFile, configText(changed))
  await mkdir(root, { recursive: true })
  await configure(config)
  await placeLibraries(driver, root, config.driver)
  await placeKernelFiles(root, config)
  await makeDevices(root, config)
  const text = await describe(tools, root, configFile)
  // eslint-disable-next-line typescript/no-unsafe-type-assertion
  const spec = withConfig(JSON.parse(text) as CdiSpec, configFile)
  return {
    root,
    libraryFolder: libraries,
    libcuda: `${libraries}/libcuda.so.${config.driver}`,
    spec,
    nvidiaSmi: join(root, 'usr/bin/nvidia-smi'),
    configFile,
    configure,
  }
}

async function placeLibraries(driver: string, root: string, version: string): Promise<void> {
  const folder = join(root, libraries)
  await mkdir(folder, { recursive: true })
  await mkdir(join(root, 'usr/bin'), { recursive: true })
  await copyFile(join(driver, 'nvidia-smi'), join(root, 'usr/bin/nvidia-smi'))
  for (const name of ['libcuda.so', 'libnvidia-ml.so']) {
    await copyFile(join(driver, name), join(folder, `${name}.${version}`))
    await symlink(`${name}.${version}`, join(folder, `${name}.1`))
    await symlink(`${name}.1`, join(folder, name))
  }
}

/** The files of the kernel's side of the driver, as it shows them below /proc and /sys. */
async function placeKernelFiles(
  root: string,
  { driver, gpus, migs = [] }: SimulatedNodeConfig,
): Promise<void> {
  const caps = migs.flatMap(({ gpu, instance, caps: [gi, ci] }) => [
    `gpu${gpu}/gi${instance}/access ${gi}`,
    `gpu${gpu}/gi${instance}/ci0/access ${ci}`,
  ])
  const files = {
    'proc/driver/nvidia/version': `NVRM version: NVIDIA UNIX ${process.arch === 'arm64' ? 'aarch64' : 'x86_64'} Kernel Module  ${driver}  (simulated)\nGCC version:\n`,
    'proc/driver/nvidia-caps/mig-minors': ['config 1', 'monitor 2', ...caps, ''].join('\n'),
  }
  const perGpu = gpus.flatMap(({ minor, name }, index) => {
    const address = `0000:${(firstBus + index).toString(16).padStart(2, '0')}:00.0`
    const information = `Model: \t\t ${name} (simulated)\nDevice Minor: \t ${minor}\n`
    return [
      [`proc/driver/nvidia/gpus/${address}/information`, information],
      [`sys/bus/pci/devices/${address}/vendor`, '0x10de\n'],
      [`sys/bus/pci/devices/${address}/class`, '0x030200\n'],
    ] as const
  })
  for (const [name, text] of [...Object.entries(files), ...perGpu]) {
    const path = join(root, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
}

async function makeDevices(root: string, { gpus, migs = [] }: SimulatedNodeConfig): Promise<void> {
  const nodes: readonly (readonly [string, number, number])[] = [
    ['nvidiactl', gpuMajor, control],
    ['nvidia-uvm', uvmMajor, 0],
    ...gpus.map(({ minor }) => [`nvidia${minor}`, gpuMajor, minor] as const),
    ...migs.flatMap(({ caps }) =>
      caps.map((minor) => [`nvidia-caps/nvidia-cap${minor}`, capsMajor, minor] as const),
    ),
  ]
  await mkdir(join(root, 'dev/nvidia-caps'), { recursive: true })
  for (const [name, major, minor] of nodes) {
    const path = join(root, 'dev', name)
    await run('mknod', ['-m', '0666', path, 'c', String(major), String(minor)], { limitMs })
  }
}

/** nvidia-ctk reads MIG's device numbers from the one /proc, so it is given one of its own. */
async function describe(
  { ctk, hook }: NvidiaTools,
  root: string,
  configFile: string,
): Promise<string> {
  const script = 'mount --bind "$0/proc/driver" /proc/driver && exec "$@"'
  const generate = [ctk, '--quiet', 'cdi', 'generate', '--mode=nvml', '--format=json']
  const where = [`--driver-root=${root}`, `--dev-root=${root}`, `--nvidia-cdi-hook-path=${hook}`]
  const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', KILN_SIM_CONFIG: configFile }
  const args = ['--mount', 'sh', '-c', script, root, ...generate, ...where]
  return (await run('unshare', args, { limitMs, environment })).stdout
}

/** The real driver knows its GPUs by itself; the simulated one is told in containers by the same file as outside. */
function withConfig(spec: CdiSpec, configFile: string): CdiSpec {
  const mount = { hostPath: configFile, containerPath: configInContainers, options: ['ro', 'bind'] }
  const { mounts = [], ...edits } = spec.containerEdits
  return { ...spec, containerEdits: { ...edits, mounts: [...mounts, mount] } }
}
