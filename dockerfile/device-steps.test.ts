import { expect, it } from 'vitest'
import { readDeviceSteps } from './device-steps.ts'

const platforms = { target: 'linux/amd64', build: 'linux/amd64' }
const read = (text: string, target?: string) =>
  readDeviceSteps(text, { args: {}, target, platforms })

it('finds each step that asks for a device, however it asks', () => {
  const text = [
    'FROM a',
    'RUN --mount=type=cache,target=/c \\',
    '    --device=nvidia.com/gpu=all,required make',
    'RUN echo --device=x',
    'RUN --device=nvidia.com/gpu --device=other.org/fpga=0 true',
    'run --device=$GPU true',
  ].join('\n')
  expect(read(text)).toEqual([
    { device: 'nvidia.com/gpu=all,required', line: 2 },
    { device: 'nvidia.com/gpu', line: 5 },
    { device: 'other.org/fpga=0', line: 5 },
    { device: '$GPU', line: 6 },
  ])
})

it('finds none in a stage that is not built, and none in a trigger', () => {
  const text = [
    'FROM a AS tools',
    'RUN --device=nvidia.com/gpu true',
    'FROM a AS app',
    'ONBUILD RUN --device=nvidia.com/gpu true',
    'FROM a AS both',
    'COPY --from=tools /x /x',
  ].join('\n')
  expect(read(text, 'app')).toEqual([])
  expect(read(text)).toHaveLength(1)
})
