import { BuildkitError } from './error.ts'

/** The daemon names the step that failed by its digest; the progress has told what it is called. */
export function nameStep(error: unknown, names: ReadonlyMap<string, string>): unknown {
  if (!(error instanceof BuildkitError)) return error
  const { method, code, reason, details } = error
  const step = names.get(details.vertex ?? '')
  if (step === undefined) return error
  return new BuildkitError(method, code, reason, { ...details, step }, { cause: error })
}
