import type { BuildDetail, ShownFailure } from '#contract/answers.ts'
import { displayLine } from '#contract/display-line.ts'
import type { Say } from '../language.ts'
import { showDuration, showSize } from '../output/show-amount.ts'
import { buildTexts } from '../texts/build.ts'
import { failureText } from '../texts/failure.ts'

/** Lines of the Dockerfile that are shown on either side of the one that is named. */
const around = 3

/** How a build ended, for the one who asked for it. Pure. */
export function explainBuild(build: BuildDetail, say: Say): readonly string[] {
  const { status, failure, name, id } = build
  if (status === 'building') return [say(buildTexts.goesOn, { id })]
  if (status === 'succeeded') return explainSuccess(build, say)
  const ended = status === 'cancelled' ? buildTexts.cancelled : buildTexts.failed
  const heading = say(status === 'timed_out' ? buildTexts.timedOut : ended, { name, id })
  if (failure === null || status === 'cancelled') return [heading]
  return [
    heading,
    '',
    ...excerpt(build.dockerfile, failure.line),
    ...explainFailure(build, failure, say),
  ]
}

function explainSuccess(build: BuildDetail, say: Say): readonly string[] {
  const { name, digest, size, version, steps, verification, duration_ms: ms } = build
  const time = showDuration(ms ?? 0)
  const lines = [
    say(buildTexts.succeeded, { name, version: version?.number ?? '?', time }),
    `  ${digest} (${showSize(size ?? 0)})`,
    `  ${say(buildTexts.steps, { cached: steps.cached, total: steps.total })}`,
  ]
  if (version?.took_name === false) lines.push(`  ${say(buildTexts.nameStays, { name })}`)
  if (verification === null) return lines
  const { verdict, evidence, gpu, node } = verification
  const how = { verdict, evidence, gpu: gpu?.name ?? '', node: node ?? '?' }
  return [...lines, `  ${say(gpu ? buildTexts.verifiedOnGpu : buildTexts.verified, how)}`]
}

function explainFailure(
  { verification }: BuildDetail,
  failure: ShownFailure,
  say: Say,
): readonly string[] {
  const { title, advice } = failureText(failure, say)
  const actor = say(buildTexts[failure.actor])
  const reasons = (verification?.reasons ?? []).filter(({ code }) =>
    failure.reasons?.includes(code),
  )
  return [
    title,
    ...shownLines(failure.message),
    ...reasons.flatMap(({ code, message, fix }) => [
      `  ${code}: ${message}`,
      ...(fix === '' ? [] : [`    ${fix}`]),
    ]),
    say(buildTexts.whoActs, { actor, code: failure.code }),
    advice,
  ]
}

/** What a node or a registry said is text of strangers. */
const shownLines = (text: string) =>
  text.split('\n').map((line) => `  ${displayLine(line, { colours: false })}`)

/** The Dockerfile around a line, which is marked; nothing when no line is named. Pure. */
export function excerpt(dockerfile: string, line: number | undefined): readonly string[] {
  const all = dockerfile.split(/\r?\n/)
  if (line === undefined || line > all.length) return []
  const first = Math.max(1, line - around)
  const last = Math.min(all.length, line + around)
  const width = String(last).length
  return [
    `Dockerfile:${line}`,
    ...all.slice(first - 1, last).map((text, at) => {
      const number = first + at
      const mark = number === line ? '>>>' : '   '
      const shown = displayLine(text, { colours: false })
      return `${String(number).padStart(width)} | ${mark} ${shown}`.trimEnd()
    }),
    '',
  ]
}
