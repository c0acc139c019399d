import { expect, it } from 'vitest'
import { findStepLine } from './find-step.ts'

const dockerfile = `FROM a AS build
RUN make
RUN one \\
  # why
  && two

FROM b
run make
COPY --from=build  /x /x
RUN <<EOF
first line
second
EOF
RUN make
`

it.each([
  ['[build 1/3] FROM docker.io/library/a:latest@sha256:1f', 1],
  ['[build 2/3] RUN make', 2],
  ['[build 3/3] RUN one   && two', 3],
  ['[stage-1 3/5] COPY --from=build /x /x', 9],
  ['[stage-1 4/5] RUN <<EOF (first line...)', 10],
  ['[stage-1 2/5] RUN make', 8],
  ['[stage-1 5/5] RUN make', 14],
  ['[stage-1 2/5] ONBUILD RUN elsewhere', 7],
])('%s is line %i', (step, line) => expect(findStepLine(dockerfile, step)).toBe(line))

it.each(['[stage-1 3/7] RUN make', '[build 9/9] RUN nothing', 'exporting to image'])(
  'does not guess %s',
  (step) => expect(findStepLine(dockerfile, step)).toBeUndefined(),
)

const repeated = `FROM a
RUN make
WORKDIR /src
RUN make
FROM scratch AS rest
RUN make
RUN make
`

it.each([
  ['[stage-0 2/4] RUN make', 2],
  ['[stage-0 4/4] RUN make', 4],
  ['[rest 1/2] RUN make', 6],
  ['[rest 2/2] RUN make', 7],
  // Steps that the base asks for are among those of a stage.
  ['[rest 2/4] RUN make', undefined],
  ['[stage-0 3/4] RUN make', undefined],
])('tells by its place which of equal steps %s is', (step, line) =>
  expect(findStepLine(repeated, step)).toBe(line),
)

it.each(['/', '$HOME', '..'])('does not count where WORKDIR %s may make no step', (folder) => {
  const text = `FROM a\nWORKDIR ${folder}\nRUN make\nRUN make\n`
  expect(findStepLine(text, '[3/4] RUN make')).toBeUndefined()
})

it('finds a step whose number is written with a blank, beside those with two digits', () => {
  const text = ['FROM a', ...Array.from({ length: 10 }, (_, at) => `RUN ${at}`)].join('\n')
  expect(findStepLine(text, '[stage-0  2/11] RUN 0')).toBe(2)
  expect(findStepLine(text, '[ 9/11] RUN 7')).toBe(9)
})

it('needs no stage where there is one only', () => {
  expect(findStepLine('FROM a\nRUN x', '[2/2] RUN x')).toBe(2)
})
