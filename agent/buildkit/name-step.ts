import { BuildkitError, grpcCode } from './error.ts'
import type { StepEvent } from './progress.ts'

type Steps = ReadonlyMap<string, StepEvent>

/** The daemon names the step that failed by its digest; the progress has told what it is called. */
export function nameStep(error: unknown, steps: Steps): unknown {
  if (!(error instanceof BuildkitError)) return error
  const { method, code, reason, details } = error
  const step = steps.get(details.vertex ?? '')?.name
  if (step === undefined) return error
  return new BuildkitError(method, code, reason, { ...details, step }, { cause: error })
}

/**
 * What the progress tells of an error that could not be sent: the first step that failed by itself, and not because the
 * solve was ended for another. `undefined` when there is none.
 */
export function errorOfStep(method: string, steps: Steps): BuildkitError | undefined {
  const [failed] = [...steps.values()]
    .filter(({ error }) => error !== '' && !/\bcontext cancell?ed\b/.test(error))
    .toSorted((a, b) => (a.completed?.getTime() ?? 0) - (b.completed?.getTime() ?? 0))
  if (failed === undefined) return undefined
  const exitCode = /\bexit code: (\d+)\s*$/.exec(failed.error)?.[1]
  return new BuildkitError(method, grpcCode.unknown, failed.error, {
    vertex: failed.digest,
    step: failed.name,
    ...(exitCode !== undefined && { exitCode: Number(exitCode) }),
  })
}
