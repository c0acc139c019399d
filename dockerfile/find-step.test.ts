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
  ['[stage-1 2/5] ONBUILD RUN elsewhere', 7],
])('%s is line %i', (step, line) => expect(findStepLine(dockerfile, step)).toBe(line))

it.each(['[stage-1 2/5] RUN make', '[build 9/9] RUN nothing', 'exporting to image'])(
  'does not guess %s',
  (step) => expect(findStepLine(dockerfile, step)).toBeUndefined(),
)

it('needs no stage where there is one only', () => {
  expect(findStepLine('FROM a\nRUN x', '[2/2] RUN x')).toBe(2)
})
