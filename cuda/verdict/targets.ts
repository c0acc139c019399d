import type { DeviceCode } from '#contract/image-facts.ts'
import { findTargets } from '../tables/toolkit-targets.ts'
import { compareVersions, isAtLeast } from '../tables/version.ts'

/** A target of compiled code, as `90a`: compute capability and what restricts it to its like. */
interface Target {
  readonly major: number
  readonly minor: number
  readonly suffix: '' | 'a' | 'f'
}

export function parseTarget(text: string): Target | undefined {
  const match = /^(\d+)(\d)([af]?)$/.exec(text)
  if (match === null) return undefined
  const [, major, minor, suffix] = match
  return {
    major: Number(major),
    minor: Number(minor),
    suffix: suffix === 'a' || suffix === 'f' ? suffix : '',
  }
}

/** `89` of the capability `8.9`. */
export function targetOf(capability: string): string {
  return capability.replace('.', '')
}

/**
 * Whether machine code for a target runs on a capability: within one major version upwards; with the suffix `a` on
 * exactly its own, with `f` within its family, which is the major version. Source: CUDA's programming guide; that ptxas
 * refuses the rest was measured with 13.5.
 */
export function runsMachineCode(target: string, capability: string): boolean {
  const code = parseTarget(target)
  const gpu = parseTarget(targetOf(capability))
  if (code === undefined || gpu === undefined || code.major !== gpu.major) return false
  return code.suffix === 'a' ? code.minor === gpu.minor : code.minor <= gpu.minor
}

/** Whether PTX for a target can be compiled for a capability: for every later one, unless a suffix restricts it. */
export function compilesFor(target: string, capability: string): boolean {
  const code = parseTarget(target)
  if (code === undefined) return false
  if (code.suffix !== '') return runsMachineCode(target, capability)
  return compareVersions(`${code.major}.${code.minor}`, capability) <= 0
}

/** `native`: ready machine code. `jit`: the driver compiles it when it starts. */
export type Fit = 'native' | 'jit' | 'none'

/** How code suits a card whose driver speaks `cuda`. PTX of an unknown version is taken to be old enough. */
export function fitOf({ sm, ptx, isa }: DeviceCode, capability: string, cuda: string): Fit {
  if (sm.some((target) => runsMachineCode(target, capability))) return 'native'
  const readable = isa === undefined || isAtLeast(findTargets(cuda)?.ptx ?? newerThanAll, isa)
  return readable && ptx.some((target) => compilesFor(target, capability)) ? 'jit' : 'none'
}

/** A driver whose toolkit the tables do not have yet reads all the PTX that they know. */
const newerThanAll = '999'

/** `sm_80 sm_90 + PTX compute_90`, for people. */
export function describeCode({ sm, ptx }: DeviceCode): string {
  const machine = sm.map((target) => `sm_${target}`).join(' ')
  const virtual = ptx.map((target) => `compute_${target}`).join(' ')
  return [machine, virtual && `PTX ${virtual}`].filter((part) => part !== '').join(' + ') || 'none'
}
