import { setTimeout as sleep } from 'node:timers/promises'
import type { NodeFinding } from '#contract/node.ts'
import { nvidiaSmiExits } from '../../../cuda/tables/nvidia-smi.ts'
import type { ReasonCode } from '../../../cuda/tables/reasons.ts'
import { ProcessError, run } from '../../../process/run.ts'
import { nodeFinding } from './finding.ts'
import type { GpuHost } from './host.ts'

/** It hangs when a GPU or its driver does. */
const limitMs = 10_000
const giveUpMs = 15_000
/** The whole dump of eight GPUs is about 200 KB. */
const maxOutput = 4 * 1024 * 1024
const notInstalled = 127
const tooLate = 124
const other = 255

export type SmiAnswer =
  | { readonly stdout: string }
  | { readonly exit: number; readonly output: string }

export type AskNvidiaSmi = (args: readonly string[]) => Promise<SmiAnswer>

/**
 * Runs nvidia-smi to its end, or to ours. Never throws: how it fails is what is wanted to know. One that even a kill does
 * not end, as its driver does not let go of it, is given up; until it is gone no other is started.
 */
export function createAskNvidiaSmi({ nvidiaSmi, environment }: GpuHost): AskNvidiaSmi {
  const options = { limitMs, maxOutput, environment: { ...environment, LC_ALL: 'C' } }
  const late: SmiAnswer = { exit: tooLate, output: '' }
  let stuck = 0
  return async (args) => {
    if (stuck > 0) return late
    const ended = run(nvidiaSmi, args, options).then(({ stdout }) => ({ stdout }), failed)
    const stop = new AbortController()
    const given = sleep(giveUpMs, late, { signal: stop.signal }).catch(() => late)
    const first = await Promise.race([ended, given])
    stop.abort()
    if (first !== late) return first
    stuck += 1
    void ended.then(() => (stuck -= 1))
    return late
  }
}

function failed(error: unknown): SmiAnswer {
  if (!(error instanceof ProcessError)) throw error
  const { failure, exitCode, output } = error
  if (failure === 'absent') return { exit: notInstalled, output }
  return { exit: failure === 'limit' ? tooLate : (exitCode ?? other), output }
}

/** What it means that nvidia-smi did not answer. */
export function smiFinding({ exit, output }: { exit: number; output: string }): NodeFinding {
  const exits: Readonly<Record<number, ReasonCode>> = nvidiaSmiExits
  const isMismatch = output.includes('Driver/library version mismatch')
  const code = isMismatch ? 'DRIVER_VERSION_MISMATCH' : (exits[exit] ?? 'DRIVER_NOT_LOADED')
  return nodeFinding(code, { exit, detail: output.slice(0, 200) })
}
