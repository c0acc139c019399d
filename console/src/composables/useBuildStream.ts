import { onScopeDispose, shallowRef } from 'vue'
import type { BuildEvent, LogEvent, StepEvent } from '#contract/answers.ts'
import { formatPosition } from '#contract/log.ts'
import { followBuild } from '../../../client/follow-build.ts'
import { api } from '../api.ts'
import { sleep } from './sleep.ts'

/** Lines that the page holds; of older ones there is the download. */
const maxLines = 200_000
const dropped = 20_000
/** How long the page may be kept from drawing. */
const busyMs = 8

/**
 * The log and the steps of a build as they come. What comes within a frame is shown together, and a reader who falls
 * behind still draws. @param changed is called when the build is to be read again.
 */
export function useBuildStream(id: string, changed: () => void) {
  const { lines, steps, omitted, take, show } = gatherByFrames(changed)
  const isLive = shallowRef(true)
  const error = shallowRef<unknown>()
  const stop = new AbortController()

  async function follow(): Promise<void> {
    const following = {
      connection: api.connection,
      signal: stop.signal,
      random: Math.random,
      sleep,
    }
    const last = lines.value.at(-1)
    let drawn = performance.now()
    for await (const event of followBuild(following, id, last && formatPosition(last))) {
      take(event)
      if (performance.now() - drawn < busyMs) continue
      await nextTask()
      drawn = performance.now()
    }
  }

  /** Follows it from where it broke off. */
  async function start(): Promise<void> {
    isLive.value = true
    error.value = undefined
    try {
      await follow()
    } catch (failure) {
      if (!stop.signal.aborted) error.value = failure
    } finally {
      show()
      isLive.value = false
    }
  }

  void start()
  onScopeDispose(() => stop.abort())
  return { lines, steps, omitted, isLive, error, retry: start }
}

/** What has come, shown once a frame. */
function gatherByFrames(changed: () => void) {
  const lines = shallowRef<readonly LogEvent[]>([])
  const steps = shallowRef<ReadonlyMap<string, StepEvent>>(new Map())
  const omitted = shallowRef(0)
  let waiting: LogEvent[] = []
  let changedSteps = new Map<string, StepEvent>()
  let frame = 0

  function show(): void {
    frame = 0
    if (changedSteps.size > 0) steps.value = new Map([...steps.value, ...changedSteps])
    changedSteps = new Map()
    if (waiting.length === 0) return
    const all = [...lines.value, ...waiting]
    waiting = []
    const over = all.length > maxLines ? all.length - maxLines + dropped : 0
    omitted.value += over
    lines.value = over === 0 ? all : all.slice(over)
  }

  function take(event: BuildEvent): void {
    if (event.event === 'log') waiting.push(event.data)
    else if (event.event === 'step') {
      const { stage, attempt, number } = event.data
      changedSteps.set(`${attempt} ${stage} ${number}`, event.data)
    } else changed()
    // Pages that nobody sees are given no frames.
    frame ||= document.hidden ? Number(setTimeout(show, 250)) : requestAnimationFrame(show)
  }

  onScopeDispose(() => cancelAnimationFrame(frame))
  return { lines, steps, omitted, take, show }
}

/** Lets the browser draw and answer before going on. */
function nextTask(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve)
  return promise
}
