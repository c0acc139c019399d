import { expect, it } from 'vitest'
import { offerGpus } from './offer-gpus.ts'
import { noGpus } from './read-gpus.ts'

const real = { uuid: 'GPU-1', name: 'NVIDIA A100', driver: '580.65.06', memory_bytes: 1 }
const simulated = { ...real, uuid: 'GPU-2', name: 'NVIDIA A100 (simulated)', simulated: true }
const read = { ...noGpus, gpus: [real, simulated] }

it.each([
  [{ hasProbe: true, simulation: false }, ['GPU-1'], ['SIMULATED_REFUSED']],
  [{ hasProbe: true, simulation: true }, ['GPU-1', 'GPU-2'], []],
  [{ hasProbe: false, simulation: true }, [], ['PROBE_NOT_INSTALLED', 'PROBE_NOT_INSTALLED']],
])('offers with %o only %j', (rules, offered, codes) => {
  const { gpus, faulty, findings } = offerGpus(read, rules)
  expect(gpus.map(({ uuid }) => uuid)).toEqual(offered)
  expect(gpus.length + faulty.length).toBe(read.gpus.length)
  expect(findings.map(({ code }) => code)).toEqual(codes)
})
