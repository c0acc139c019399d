import { pauseAfter } from '#contract/pause-after.ts'
import type { PushAsked, PushDecision } from '../../records/pushes.ts'
import type { Breaker } from '../../records/registry-breaker.ts'

export interface PushLimits {
  /** Pushes to the registry at once. */
  readonly all: number
  /** Of one project. */
  readonly project: number
  /** A registry that is back takes one push at first, and one more after each time as long as this. */
  readonly rampMs: number
}

const away = 'waiting for the registry'
const pauses = { firstMs: 1_000, maxMs: 15_000 }
/** A place is soon free, but many may wait for it. */
const placeMs = { least: 500, each: 100, most: 5_000 }

/** Whether an attempt may push now, or why it has to wait and when it is to ask again. Pure. */
export function mayPush(
  limits: PushLimits,
  { state, failures, sinceMs, probeMs }: Breaker,
  { own, failed, all }: PushAsked,
): PushDecision {
  if (state === 'open') {
    return wait(away, Math.min(pauses.maxMs, Math.max(pauses.firstMs, probeMs)))
  }
  if (failed) return wait(away, pauseAfter(pauses, failures, 0.5))
  const isBack = state === 'half_open'
  const most = isBack ? Math.min(limits.all, 1 + Math.floor(sinceMs / limits.rampMs)) : limits.all
  const taken = all.filter(({ granted }) => granted).map(({ projectId }) => projectId)
  let before = 0
  for (const { buildId, attempt, projectId, granted } of all) {
    if (granted) continue
    const ofProject = taken.filter((one) => one === projectId).length
    const hasRoom = taken.length < most && ofProject < limits.project
    if (buildId === own.buildId && attempt === own.attempt) {
      if (hasRoom) return { state: 'go' }
      const retryMs = Math.min(placeMs.most, placeMs.least + placeMs.each * before)
      if (isBack) return wait(away, retryMs)
      const isFull = taken.length >= most
      const reason = isFull
        ? `${most} images are pushed already, as many as the registry gets at once`
        : `${ofProject} images of the project are pushed already, as many as it may at once`
      return wait(reason, retryMs)
    }
    // Whoever asked before has the place, also when it has not heard of it yet.
    if (hasRoom) taken.push(projectId)
    before += 1
  }
  return wait(away, pauses.firstMs)
}

function wait(reason: string, retryMs: number): PushDecision {
  return { state: 'wait', reason, retryMs: Math.round(retryMs) }
}
