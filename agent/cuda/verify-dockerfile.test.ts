import { expect, it } from 'vitest'
import { roomDockerfile, steeringVariables, verifyDockerfile } from './verify-dockerfile.ts'

const step = {
  device: 'nvidia.com/gpu=GPU-1f',
  nonces: { driver: 'one', frameworks: 'two' },
  limitSeconds: { driver: 20, frameworks: 300 },
  minFreeMib: 512,
}

it('gives every step the granted device, demands it, and cuts the network off', () => {
  const runs = verifyDockerfile(step)
    .split('\n')
    .filter((line) => line.startsWith('RUN'))
  expect(runs).toHaveLength(2)
  for (const line of runs) {
    expect(line).toContain(' --device=nvidia.com/gpu=GPU-1f,required --network=none ')
  }
})

it('starts the probes without a shell, each with its nonce', () => {
  const commands = [...verifyDockerfile(step).matchAll(/\[".*"\]$/gm)].map(([text]): unknown =>
    JSON.parse(text),
  )
  expect(commands).toEqual([
    ['/.kiln/cuda-probe', '--nonce', 'one', '--limit', '20', '--min-free-mib', '512'],
    [
      '/.kiln/cuda-probe',
      'frameworks',
      '/.kiln/framework-probe.py',
      '--nonce',
      'two',
      '--limit',
      '300',
    ],
  ])
})

it('empties what would put code in front of every program', () => {
  const text = verifyDockerfile(step)
  expect(text).toMatch(/^ENV .*LD_PRELOAD="" LD_AUDIT=""/m)
  expect(text).toContain('target=/etc/ld.so.preload')
})

it.each(['nvidia.com/gpu', 'nvidia.com/gpu=0\nRUN rm -rf /', 'all'])(
  'takes no device that is not named exactly: %j',
  (device) => expect(() => verifyDockerfile({ ...step, device })).toThrow('CDI'),
)

it('names the variables that steer loaders or hide GPUs', () => {
  const env = [
    'PATH=/bin',
    'LD_PRELOAD=/x.so',
    'PYTHONPATH=/a=b',
    'CUDA_VISIBLE_DEVICES=',
    'XLD_A=1',
  ]
  expect(steeringVariables(env)).toEqual(['LD_PRELOAD', 'PYTHONPATH', 'CUDA_VISIBLE_DEVICES'])
})

it('probes apart in files of the node only, with the same device and its own nonce', () => {
  const text = roomDockerfile(step, ['/lib64/ld.so', '/lib/libc.so.6'])
  expect(text).not.toContain('FROM built')
  expect(text).toContain('room-0 /lib64/ld.so\n')
  expect(text).toContain('room-1 /lib/libc.so.6\n')
  const [run, ...more] = text.split('\n').filter((line) => line.startsWith('RUN'))
  expect(more).toEqual([])
  expect(run).toContain(' --device=nvidia.com/gpu=GPU-1f,required --network=none ')
  expect(run).toContain('["/.kiln/cuda-probe","--nonce","one",')
  expect(() => roomDockerfile({ ...step, device: 'all' }, [])).toThrow('CDI')
})
