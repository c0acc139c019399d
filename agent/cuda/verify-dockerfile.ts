/** Where the probes lie in the image while they run. What the image has there itself is hidden by the mounts. */
const folder = '/.kiln'
const probe = `${folder}/cuda-probe`
const script = `${folder}/framework-probe.py`

/** The named context from which the tools come. */
export const toolContext = 'kiln-tools'

/** The files of that context; `nothing` is empty. */
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
export function verifyDockerfile({ device, nonces, limitSeconds, minFreeMib }: VerifyStep): string {
  if (!/^[\w.-]+\/[\w.-]+=[\w.:-]+$/.test(device)) throw new Error(`${device} names no CDI device`)
  const run = [
    'RUN',
    `--device=${device},required`,
    '--network=none',
    mount('/cuda-probe', probe),
    mount('/framework-probe.py', script),
    mount('/nothing', preloadFile),
  ].join(' ')
  const driver = [probe, '--nonce', nonces.driver, ...limit(limitSeconds.driver)].concat(
    '--min-free-mib',
    String(minFreeMib),
  )
  const frameworks = [probe, 'frameworks', script, '--nonce', nonces.frameworks].concat(
    limit(limitSeconds.frameworks),
  )
  return [
    'FROM scratch AS tools',
    `COPY --from=${toolContext} --chmod=0555 ${toolNames.join(' ')} /`,
    'FROM built',
    `ENV ${emptied.map((name) => `${name}=""`).join(' ')}`,
    `${run} ${JSON.stringify(driver)}`,
    `${run} ${JSON.stringify(frameworks)}`,
    '',
  ].join('\n')
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
