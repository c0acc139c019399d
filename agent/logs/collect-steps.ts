import type { NodeStage } from '#contract/stage.ts'
import { type BuildStep, stepLimits, type StepReport } from '#contract/step.ts'
import type { ProgressEvent, StepEvent, TransferEvent } from '../buildkit/progress.ts'
import { createWarningCollector } from './collect-warnings.ts'
import { isHousekeeping } from './is-housekeeping.ts'
import type { StepNumbers } from './step-numbers.ts'

export interface StepCollectorOptions {
  readonly stage: NodeStage
  /** Those of the log. */
  readonly numbers: StepNumbers
  /** The line of the Dockerfile that a step stands for, by its name. */
  readonly findLine: (name: string) => number | undefined
  /** Lines of the Dockerfile before the user's first one. */
  readonly addedLines: number
  /** Takes out what nobody may read. */
  readonly mask: (text: string) => string
}

export interface StepCollector {
  read(event: ProgressEvent): void
  /** What has changed since the last call, as much as one report carries. `undefined` when nothing has. */
  take(): StepReport | undefined
}

type Vertices = ReadonlyMap<string, StepEvent>

/** What may come from the cache. A FROM is found anew each time and says nothing about it. */
const cacheable = /^\[[^\]]*\b\d+\/\d+\] (?!FROM )/

/** Gathers what the steps of one stage did. Pure. */
export function createStepCollector(options: StepCollectorOptions): StepCollector {
  const { stage, numbers, findLine, addedLines, mask } = options
  const vertices = new Map<string, StepEvent>()
  const lines = new Map<string, number | null>()
  const moved = createByteCount()
  const [changed, omitted] = [new Set<string>(), new Set<string>()]
  let omittedTold = 0
  let begins = true
  const clean = createCleaner(mask)
  const userLine = createUserLine(addedLines)
  const warnings = createWarningCollector({ userLine, clean })

  const change = (event: StepEvent | undefined) => {
    if (event?.started === undefined || isHousekeeping(event, stage)) return
    const group = numbers.of(event.digest) <= stepLimits.steps ? changed : omitted
    group.add(event.digest)
  }
  const lineOf = ({ digest, name }: StepEvent): number | null => {
    const known = lines.get(digest)
    if (known !== undefined) return known
    const line = stage === 'building' ? userLine(findLine(name)) : null
    lines.set(digest, line)
    return line
  }
  const describe = (event: StepEvent | undefined): BuildStep[] => {
    if (event?.started === undefined) return []
    const { digest, name, started, completed, cached, error } = event
    const step = {
      number: numbers.of(digest),
      name: clean(name, stepLimits.name),
      line: lineOf(event),
      started_at: started.toISOString(),
      duration_ms: completed ? Math.max(0, completed.getTime() - started.getTime()) : null,
      cached,
      broke_cache: stage === 'building' && brokeCache(event, vertices),
      error: error === '' ? null : clean(error, stepLimits.error),
      transferred_bytes: moved.of(digest),
    }
    return [step]
  }
  return {
    read: (event) => {
      if (event.kind === 'transfer' && moved.read(event)) change(vertices.get(event.digest))
      if (event.kind === 'warning' && stage === 'building') warnings.read(event)
      if (event.kind !== 'step') return
      vertices.set(event.digest, event)
      change(event)
    },
    take: () => {
      const digests = [...changed].slice(0, stepLimits.stepsPerReport)
      for (const digest of digests) changed.delete(digest)
      const steps = digests.flatMap((digest) => describe(vertices.get(digest)))
      const told = [...warnings.take()]
      if (steps.length + told.length === 0 && omitted.size === omittedTold) return undefined
      const report = { stage, begins, steps, warnings: told, omitted: omitted.size }
      begins = false
      omittedTold = omitted.size
      return report
    },
  }
}

/** The line that the user wrote for one of what is built; the lines before it are Kiln's. */
function createUserLine(addedLines: number) {
  return (line = 0) => (line > addedLines ? line - addedLines : null)
}

/** A text as it may be kept, cut to a length. */
function createCleaner(mask: StepCollectorOptions['mask']) {
  return (text: string, length: number) =>
    mask(text).replaceAll('\0', '').slice(0, length).toWellFormed()
}

/** Whether a step ran although nothing that it builds on did. */
function brokeCache(event: StepEvent, vertices: Vertices): boolean {
  return hasRun(event) && !buildsOnRun(event, vertices)
}

function buildsOnRun({ inputs }: StepEvent, vertices: Vertices): boolean {
  return inputs.some((digest) => {
    const input = vertices.get(digest)
    if (input === undefined) return false
    return cacheable.test(input.name) ? hasRun(input) : buildsOnRun(input, vertices)
  })
}

function hasRun({ name, started, cached }: StepEvent): boolean {
  return started !== undefined && !cached && cacheable.test(name)
}

/** Bytes that each step has moved: the sum of its pieces, each as far as it came. */
function createByteCount() {
  const pieces = new Map<string, number>()
  const sums = new Map<string, number>()
  const of = (digest: string) => sums.get(digest) ?? 0
  return {
    of,
    /** @returns whether there are more of them. */
    read: ({ digest, name, current }: TransferEvent): boolean => {
      const key = `${digest} ${name}`
      const known = pieces.get(key) ?? 0
      if (current <= known) return false
      pieces.set(key, current)
      sums.set(digest, of(digest) + current - known)
      return true
    },
  }
}
