import { describe, expect, it } from 'vitest'
import type { BuildEvent, LogEvent, StepEvent } from '#contract/answers.ts'
import { renderFrame } from './frame.ts'
import { createPainter } from './paint.ts'
import { createPlainLines } from './plain-lines.ts'
import { createProgress } from './progress.ts'

const startedAt = Date.parse('2026-01-01T00:00:00Z')

function step(number: number, more: Partial<StepEvent> = {}): BuildEvent {
  const data = {
    stage: 'building',
    attempt: 1,
    number,
    name: `[${number}/3] RUN step${number}`,
    line: number,
    started_at: new Date(startedAt).toISOString(),
    duration_ms: null,
    cached: false,
    error: null,
    transferred_bytes: 0,
    ...more,
  }
  return { event: 'step', data }
}

function log(of: number, text: string, more: Partial<LogEvent> = {}): BuildEvent {
  const at = new Date(startedAt + 1500).toISOString()
  const data = {
    attempt: 1,
    line: 1,
    at,
    stage: 'building',
    step: of,
    stream: 'stdout',
    text,
  } as const
  return { event: 'log', data: { ...data, ...more } }
}

const stage = (name: string, attempt = 1): BuildEvent => ({
  event: 'stage',
  data: { status: 'building', stage: name, attempt },
})

describe('createPlainLines', () => {
  const lines = (...events: readonly BuildEvent[]) => {
    const tell = createPlainLines({ colours: false })
    return events.flatMap((event) => tell(event))
  }

  it('tells stages, steps with their output and how they end', () => {
    const events = [
      stage('building'),
      step(1, { cached: true, duration_ms: 0 }),
      step(2),
      log(2, 'hello'),
      step(2, { duration_ms: 65_000 }),
      step(3, { duration_ms: 10, error: 'exit code: 3' }),
    ]
    expect(lines(...events)).toEqual([
      '== building',
      '#1 [1/3] RUN step1',
      '#1 CACHED',
      '#2 [2/3] RUN step2',
      '#2 1.500 hello',
      '#2 DONE 1m05s',
      '#3 [3/3] RUN step3',
      '#3 ERROR exit code: 3',
    ])
  })

  it('tells nothing twice that is told again after a lost connection', () => {
    const events = [stage('building'), step(1), step(1, { duration_ms: 5 })]
    expect(lines(...events, ...events)).toEqual(lines(...events))
  })

  it('tells a step once, whether the log or its event names it first', () => {
    const progress = (text: string) => log(1, text, { stream: 'progress' })
    const named = progress('[1/3] RUN step1')
    const ended = step(1, { duration_ms: 100 })
    const once = ['#1 [1/3] RUN step1', '#1 DONE 0.1s']
    expect(lines(named, progress('DONE 0.1s'), ended)).toEqual(once)
    expect(lines(ended, named, progress('DONE 0.1s'))).toEqual(once)
    expect(lines(named, progress('WARNING old'))[1]).toBe('#1 0.000 WARNING old')
  })

  it('tells the steps of another attempt, and those of other stages apart', () => {
    expect(
      lines(stage('building'), step(1), stage('building', 2), step(1, { attempt: 2 })),
    ).toEqual([
      '== building',
      '#1 [1/3] RUN step1',
      '== building (attempt 2)',
      '#1 [1/3] RUN step1',
    ])
    expect(lines(step(1, { stage: 'verifying' }))).toEqual(['#verifying/1 [1/3] RUN step1'])
  })

  it('lets nothing that a build prints steer the terminal', () => {
    expect(lines(log(0, '\u001B[2Jgone\u0007'))).toEqual(['gone'])
    expect(createPlainLines({ colours: true })(log(0, '\u001B[31mred'))).toEqual([
      '\u001B[31mred\u001B[0m',
    ])
  })
})

describe('renderFrame', () => {
  const row = (text: string, time: string) => text.padEnd(40 - time.length) + time
  const frame = (events: readonly BuildEvent[], screen = { columns: 40, rows: 24 }) => {
    const progress = createProgress()
    for (const event of events) progress.apply(event)
    const about = { name: 'hello:1', now: startedAt + 2000, startedAt }
    return renderFrame(progress, about, screen).map(({ tone, text }) => `${tone}|${text}`)
  }

  it('shows each step with its duration, CACHED, and the output of those that run', () => {
    const events = [
      stage('building'),
      step(1, { cached: true, duration_ms: 0 }),
      step(2, { duration_ms: 1234 }),
      step(3),
      log(3, 'working'),
    ]
    expect(frame(events)).toEqual([
      `heading|${row('[+] hello:1: building 2/3, 1 cached', '2.0s')}`,
      `cached|${row(' => CACHED [1/3] RUN step1', '0.0s')}`,
      `done|${row(' => [2/3] RUN step2', '1.2s')}`,
      `running|${row(' => [3/3] RUN step3', '2.0s')}`,
      'output| => => # working',
    ])
  })

  it('cuts what is too wide, by what a terminal takes for it', () => {
    const [, line] = frame([step(1, { name: '构'.repeat(40), duration_ms: 1 })])
    expect(line).toMatch(/^done\| => 构{15}… 0\.0s$/)
  })

  it('never has more lines than the screen, and leaves the oldest finished steps out', () => {
    const many = Array.from({ length: 30 }, (_, at) => step(at + 1, { duration_ms: 1 }))
    const shown = frame([...many, step(31), log(31, 'x')], { columns: 40, rows: 8 })
    expect(shown).toHaveLength(7)
    expect(shown[1]).toBe('done| … 27 earlier steps')
    expect(shown.at(-1)).toBe('output| => => # x')
  })

  it('begins anew with another attempt and takes nothing of the one before', () => {
    const events = [step(1), log(1, 'old'), stage('building', 2), log(1, 'late'), step(1)]
    expect(frame(events)).toEqual([`heading|${row('[+] hello:1: building, attempt 2', '2.0s')}`])
  })
})

describe('createPainter', () => {
  it('goes up by as many lines as it drew before', () => {
    const written: string[] = []
    const { paint, leave } = createPainter((text) => written.push(text), { colours: false })
    paint([
      { tone: 'done', text: 'a' },
      { tone: 'done', text: 'b' },
    ])
    paint([{ tone: 'failed', text: 'c' }])
    expect(written[0]).not.toContain('A')
    expect(written[1]).toContain('\u001B[2Ac')
    leave()
    paint([])
    expect(written[2]).not.toContain('A')
  })
})
