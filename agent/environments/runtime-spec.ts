import type { EnvironmentPlan } from '#contract/environment.ts'
import type { DeviceEdits, GivenDevice } from './device-edits.ts'
import type { RunUser } from './resolve-user.ts'
import { systemCallRules } from './system-calls.ts'
import type { VolumeSource } from '../volumes/node-volumes.ts'

/** A volume at its place in a container. */
export interface MountedVolume extends VolumeSource {
  readonly path: string
}

/** Says which mounts are volumes to whoever reads the specification: their places, one a line. */
export const volumesNote = 'kiln.volumes'

/** What of a container is this node's, and not its plan's. */
export interface Placement {
  /** Folder with the whole file system. */
  readonly root: string
  readonly cgroup: string
  /** Path of the network namespace. */
  readonly network: string
  /** Files of the system, by their path in the container. */
  readonly files: Readonly<Record<string, string>>
  readonly volumes: readonly MountedVolume[]
  readonly user: RunUser
  /** For the GPU that it was given. */
  readonly device: DeviceEdits
}

/** What root needs for the work of a user in its own container; nothing that reaches another one, or the host. */
const capabilities = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_NET_BIND_SERVICE',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
]

const usualPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const cpuPeriod = 100_000

/** Devices that every container has: null, zero, full, random, urandom, tty, and terminals of its own. */
const devices = ['1:3', '1:5', '1:7', '1:8', '1:9', '5:0', '5:2', '136:*'].map((numbers) => {
  const [major, minor] = numbers.split(':').map((text) => (text === '*' ? undefined : Number(text)))
  return { allow: true, type: 'c', major, ...(minor !== undefined && { minor }), access: 'rwm' }
})

const hidden =
  'acpi asound interrupts kcore keys latency_stats sched_debug scsi timer_list timer_stats'
    .split(' ')
    .map((name) => `/proc/${name}`)
const unchangeable = ['bus', 'fs', 'irq', 'sys', 'sysrq-trigger'].map((name) => `/proc/${name}`)

/** How runc is to run an environment, as the OCI runtime specification has it. Pure. */
export function runtimeSpec(plan: EnvironmentPlan, placement: Placement) {
  const { root, cgroup, network, files, volumes, user, device } = placement
  return {
    ociVersion: '1.0.2',
    hostname: plan.environment_id.slice(0, 63),
    root: { path: root, readonly: false },
    process: {
      terminal: false,
      user: {
        uid: user.uid,
        gid: user.gid,
        additionalGids: [...user.additionalGids, ...device.additionalGids],
      },
      args: plan.command,
      env: [...environmentOf(plan, user), ...device.env],
      cwd: plan.workdir === '' ? '/' : plan.workdir,
      capabilities: {
        bounding: capabilities,
        effective: capabilities,
        permitted: capabilities,
      },
      noNewPrivileges: true,
    },
    mounts: [
      ...systemMounts(plan.memory_bytes),
      ...Object.entries(files).map(fileMount),
      ...device.mounts.map(deviceMount),
      ...volumes.map(volumeMount),
    ],
    annotations: { [volumesNote]: volumes.map(({ path }) => path).join('\n') },
    hooks: hooksOf(device),
    linux: {
      devices: device.devices.map(({ path, type, major, minor }) => ({ path, type, major, minor })),
      cgroupsPath: `/${cgroup}`,
      namespaces: [
        ...['pid', 'ipc', 'uts', 'mount', 'cgroup'].map((type) => ({ type })),
        { type: 'network', path: network },
      ],
      resources: {
        devices: [{ allow: false, access: 'rwm' }, ...devices, ...device.devices.map(allowDevice)],
        memory: { limit: plan.memory_bytes, swap: plan.memory_bytes },
        cpu: { period: cpuPeriod, quota: Math.max(1_000, Math.round(plan.cpu * cpuPeriod)) },
        pids: { limit: plan.pids },
      },
      seccomp: systemCallRules,
      maskedPaths: [...hidden, '/sys/firmware', '/sys/devices/virtual/powercap'],
      readonlyPaths: unchangeable,
    },
  }
}

/** The image's own variables; a later one of a name counts. */
function environmentOf({ env, environment_id: id }: EnvironmentPlan, { home }: RunUser) {
  const named = new Set(env.map((pair) => pair.slice(0, pair.indexOf('='))))
  return [
    ...(named.has('PATH') ? [] : [usualPath]),
    ...(named.has('HOME') ? [] : [`HOME=${home}`]),
    ...env.filter((pair) => pair.includes('=')),
    `KILN_ENVIRONMENT=${id}`,
  ]
}

const terminals = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5']

function systemMounts(memoryBytes: number) {
  const plain = ['nosuid', 'noexec', 'nodev']
  return [
    mount('/proc', 'proc', plain),
    mount('/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    mount('/dev/pts', 'devpts', terminals),
    // Workers that load data for training share it here: it counts as memory of the environment.
    mount('/dev/shm', 'tmpfs', [...plain, 'mode=1777', `size=${Math.floor(memoryBytes / 2)}`]),
    mount('/dev/mqueue', 'mqueue', plain),
    mount('/sys', 'sysfs', [...plain, 'ro']),
    mount('/sys/fs/cgroup', 'cgroup', [...plain, 'relatime', 'ro']),
  ]
}

function mount(destination: string, type: string, options: readonly string[]) {
  return { destination, type, source: type, options: [...options] }
}

function fileMount([destination, source]: readonly [string, string]) {
  return { destination, type: 'bind', source, options: ['rbind', 'rprivate', 'ro'] }
}

/** What is mounted below it on the host is not seen: it may be anything, and would not be held to these options. */
function volumeMount({ path, folder, readOnly }: MountedVolume) {
  const options = ['bind', 'rprivate', 'nosuid', 'nodev', readOnly ? 'ro' : 'rw']
  return { destination: path, type: 'bind', source: folder, options }
}

function deviceMount({ hostPath, containerPath, options }: DeviceEdits['mounts'][number]) {
  return { destination: containerPath, type: 'bind', source: hostPath, options }
}

function allowDevice({ type, major, minor, permissions }: GivenDevice) {
  return { allow: true, type, major, minor, access: permissions }
}

/** By the time at which the runtime calls them. */
function hooksOf({ hooks }: DeviceEdits) {
  const groups = Map.groupBy(hooks, ({ hookName }) => hookName)
  return Object.fromEntries(
    [...groups].map(([name, group]) => [
      name,
      group.map(({ path, args, env, timeout }) => ({ path, args, env, timeout })),
    ]),
  )
}
