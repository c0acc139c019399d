/** Where the probes lie in the image while they run. What the image has there itself is hidden by the mounts. */
const folder = '/.kiln'
const probe = `${folder}/cuda-probe`
const script = `${folder}/framework-probe.py`

/** The named context from which the tools come. */
export const toolContext = 'kiln-tools'

/** The files of that context that are always there; `nothing` is empty. */
const toolNames = ['cuda-probe', 'framework-probe.py', 'nothing'] as const
export type ToolName = (typeof toolNames)[number]

/**
 * Variables by which an image could put code of its own in front of every program. They are emptied for the verification
 * only; what the probes ignore or unset themselves (PYTHON…, CUDA_INJECTION64_PATH) need not be here.
 */
const emptied = [
  'LD_PRELOAD',
  'LD_AUDIT',
  'LD_DEBUG',
  'LD_DEBUG_OUTPUT',
  'LD_PROFILE',
  'LD_PROFILE_OUTPUT',
  'GLIBC_TUNABLES',
] as const

/** The same by way of a file. */
const preloadFile = '/etc/ld.so.preload'

/** What is left out of account or changes what the probes find: it is told with the verdict. */
const steering =
  /^(LD_\w+|GLIBC_TUNABLES|PYTHON\w+|CUDA_VISIBLE_DEVICES|CUDA_INJECTION(32|64)_PATH)=/

export interface VerifyStep {
  /** CDI name of the one device that was granted, such as `nvidia.com/gpu=GPU-…`. */
  readonly device: string
  /** Of the driver probe and of the framework probe, new for each run. */
  readonly nonces: { readonly driver: string; readonly frameworks: string }
  readonly limitSeconds: { readonly driver: number; readonly frameworks: number }
  readonly minFreeMib: number
}

/**
 * The Dockerfile that probes what was built, which is the named context `built`. Both probes are started
 * directly, so the image needs no shell, and as the image's own user. The nonces are part of the steps, so the daemon
 * never answers them from its cache. Nothing of this is exported: a layer that ran with a GPU holds traces of the driver.
 */
export function verifyDockerfile(step: VerifyStep): string {
  const { nonces, limitSeconds } = step
  const run = runWith(step, [
    mount('/cuda-probe', probe),
    mount('/framework-probe.py', script),
    mount('/nothing', preloadFile),
  ])
  const frameworks = [probe, 'frameworks', script, '--nonce', nonces.frameworks].concat(
    limit(limitSeconds.frameworks),
  )
  return [
    'FROM scratch AS tools',
    copy(toolNames.join(' '), '/'),
    'FROM built',
    `ENV ${emptied.map((name) => `${name}=""`).join(' ')}`,
    `${run} ${JSON.stringify(driverCommand(step))}`,
    `${run} ${JSON.stringify(frameworks)}`,
    '',
  ].join('\n')
}

/** The file of the tools' context that holds the file of that number of the room in which nothing of the image is. */
export function roomFile(index: number): string {
  return `room-${index}`
}

/**
 * The Dockerfile that probes the same device once more in a room that holds nothing of the image.
 * @param paths of the room's files, in the order of their numbers.
 */
export function roomDockerfile(step: VerifyStep, paths: readonly string[]): string {
  return [
    'FROM scratch AS tools',
    copy('cuda-probe', '/'),
    'FROM scratch',
    ...paths.map((path, index) => copy(roomFile(index), path)),
    'WORKDIR /etc',
    `${runWith(step, [mount('/cuda-probe', probe)])} ${JSON.stringify(driverCommand(step))}`,
    '',
  ].join('\n')
}

function runWith({ device }: VerifyStep, mounts: readonly string[]): string {
  if (!/^[\w.-]+\/[\w.-]+=[\w.:-]+$/.test(device)) throw new Error(`${device} names no CDI device`)
  return ['RUN', `--device=${device},required`, '--network=none', ...mounts].join(' ')
}

function driverCommand({ nonces, limitSeconds, minFreeMib }: VerifyStep): readonly string[] {
  const wanted = ['--min-free-mib', String(minFreeMib)]
  return [probe, '--nonce', nonces.driver, ...limit(limitSeconds.driver), ...wanted]
}

function copy(sources: string, target: string): string {
  return `COPY --from=${toolContext} --chmod=0555 ${sources} ${target}`
}

/** Names of the variables of an image that steer loaders or hide GPUs. @param env as in an image's config. */
export function steeringVariables(env: readonly string[]): readonly string[] {
  return env.filter((entry) => steering.test(entry)).map((entry) => entry.replace(/=.*$/s, ''))
}

function limit(seconds: number): readonly string[] {
  return ['--limit', String(seconds)]
}

function mount(source: string, target: string): string {
  return `--mount=type=bind,from=tools,source=${source},target=${target}`
}
