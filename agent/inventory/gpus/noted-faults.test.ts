import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { judgeNoted, keepNotedFaults, type NotedFault, readBootId } from './noted-faults.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-noted-'))
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

const fault = (uuid: string, at = '2026-01-02T03:04:05.000Z'): NotedFault => ({
  uuid,
  code: 'GPU_ECC_UNCORRECTABLE',
  params: { detail: 'x' },
  at,
})
const boot = (name: string) => async () => name

it('keeps what was noted beyond the life of the agent, and the last of each GPU', async () => {
  const file = join(folder, 'kept.json')
  const kept = keepNotedFaults(file, boot('one'))
  const later = fault('GPU-a', '2026-01-02T03:04:06.000Z')
  await Promise.all([fault('GPU-a'), fault('GPU-b'), later].map(async (one) => kept.note(one)))
  expect(await keepNotedFaults(file, boot('one')).read()).toEqual([fault('GPU-b'), later])
})

it('forgets it when the machine starts anew, and what nobody can read', async () => {
  const file = join(folder, 'boot.json')
  await keepNotedFaults(file, boot('one')).note(fault('GPU-a'))
  const after = keepNotedFaults(file, boot('two'))
  expect(await after.read()).toEqual([])
  await after.note(fault('GPU-b'))
  expect(await after.read()).toEqual([fault('GPU-b')])
  await writeFile(file, '{"boot":')
  expect(await after.read()).toEqual([])
  expect(await keepNotedFaults(join(folder, 'absent.json'), readBootId).read()).toEqual([])
})

it('is a finding of the card until a person has cleared it', () => {
  const migs = [{ gpu: 'GPU-a', uuid: 'MIG-1', profile: '1g.10gb' }]
  const noted = [fault('MIG-1'), fault('GPU-b')]
  const never = new Date(0)
  expect(judgeNoted(noted, migs, never)).toMatchObject([
    { code: 'GPU_ECC_UNCORRECTABLE', severity: 'error', gpu: 'GPU-a', params: { uuid: 'GPU-a' } },
    { gpu: 'GPU-b' },
  ])
  expect(judgeNoted(noted, migs, new Date('2026-02-01'))).toEqual([])
})
