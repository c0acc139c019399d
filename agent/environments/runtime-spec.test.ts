import { expect, it } from 'vitest'
import { noEdits } from './device-edits.ts'
import { runtimeSpec } from './runtime-spec.ts'

const plan = {
  environment_id: `env-${'0'.repeat(26)}`,
  start: 1,
  project: 'default',
  project_id: 7,
  volumes: [],
  registry: { host: 'r', repository: 'x' },
  digest: `sha256:${'0'.repeat(64)}`,
  command: ['train'],
  env: ['HOME=/data', 'A=b'],
  user: 'ann',
  workdir: '',
  stop_signal: '',
  cpu: 1.5,
  memory_bytes: 1024 ** 3,
  pids: 100,
  gpu: null,
}
const placement = {
  root: '/root',
  cgroup: 'kiln-x/env',
  network: '/run/netns/x',
  files: { '/etc/hosts': '/system/hosts' },
  volumes: [],
  user: { uid: 7, gid: 8, additionalGids: [44], home: '/home/ann' },
  device: noEdits,
}
const gpu = {
  ...noEdits,
  env: ['NVIDIA_VISIBLE_DEVICES=void'],
  devices: [{ path: '/dev/nvidia0', type: 'c' as const, major: 195, minor: 0, permissions: 'rw' }],
  hooks: [{ hookName: 'createContainer', path: '/hook', args: ['h'], env: [] }],
}

it('limits what it may use, and takes every privilege away that it has no need of', () => {
  const { process, linux } = runtimeSpec(plan, placement)
  expect(process).toMatchObject({
    user: { uid: 7, gid: 8, additionalGids: [44] },
    cwd: '/',
    noNewPrivileges: true,
  })
  const strong = /SYS_ADMIN|NET_ADMIN|NET_RAW|MKNOD|PTRACE|MODULE|DAC_READ_SEARCH/
  expect(process.capabilities.bounding.filter((name) => strong.test(name))).toEqual([])
  expect(process.capabilities).not.toHaveProperty('ambient')
  expect(linux.resources).toMatchObject({
    memory: { limit: 1024 ** 3, swap: 1024 ** 3 },
    cpu: { period: 100_000, quota: 150_000 },
    pids: { limit: 100 },
  })
  expect(linux.namespaces.map(({ type }) => type).toSorted()).toEqual(
    ['cgroup', 'ipc', 'mount', 'network', 'pid', 'uts'].toSorted(),
  )
})

it('permits no system call that reaches out of the container', () => {
  const { defaultAction, syscalls } = runtimeSpec(plan, placement).linux.seccomp
  expect(defaultAction).toBe('SCMP_ACT_ERRNO')
  const always = syscalls
    .filter((rule) => rule.action === 'SCMP_ACT_ALLOW' && !('args' in rule))
    .flatMap(({ names }) => names)
  const refused = new Set(
    `bpf clone clone3 delete_module finit_module init_module io_uring_setup kexec_load keyctl mount
    move_mount open_by_handle_at perf_event_open personality pivot_root reboot setns settimeofday
    socket swapon umount2 unshare userfaultfd`.split(/\s+/),
  )
  expect(always.filter((name) => refused.has(name))).toEqual([])
})

it('keeps the variables of the image, and says where home is only where it does not', () => {
  const env = runtimeSpec(plan, placement).process.env
  expect(env.filter((pair) => pair.startsWith('HOME='))).toEqual(['HOME=/data'])
  expect(env.some((pair) => pair.startsWith('PATH='))).toBe(true)
  expect(runtimeSpec({ ...plan, env: [] }, placement).process.env).toContain('HOME=/home/ann')
})

it('gives the devices that it was granted, and lets it open no others', () => {
  const { linux, hooks, process } = runtimeSpec(plan, { ...placement, device: gpu })
  expect(linux.devices).toEqual([{ path: '/dev/nvidia0', type: 'c', major: 195, minor: 0 }])
  const [first] = linux.resources.devices
  expect(first).toEqual({ allow: false, access: 'rwm' })
  const nvidia = linux.resources.devices.filter((rule) => 'major' in rule && rule.major === 195)
  expect(nvidia).toEqual([{ allow: true, type: 'c', major: 195, minor: 0, access: 'rw' }])
  expect(hooks).toEqual({ createContainer: [{ path: '/hook', args: ['h'], env: [] }] })
  expect(process.env).toContain('NVIDIA_VISIBLE_DEVICES=void')
})

it('mounts volumes without programs that give rights, devices and anything below them', () => {
  const volumes = [
    { path: '/data', folder: '/srv/data', readOnly: true },
    { path: '/out', folder: '/srv/out/7/out', readOnly: false },
  ]
  const { mounts, annotations } = runtimeSpec(plan, { ...placement, volumes })
  expect(mounts.slice(-2)).toEqual([
    {
      destination: '/data',
      type: 'bind',
      source: '/srv/data',
      options: ['bind', 'rprivate', 'nosuid', 'nodev', 'ro'],
    },
    expect.objectContaining({ options: ['bind', 'rprivate', 'nosuid', 'nodev', 'rw'] }),
  ])
  expect(annotations).toEqual({ 'kiln.volumes': '/data\n/out' })
})
