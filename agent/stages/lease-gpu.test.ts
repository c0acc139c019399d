import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { GpuAnswer } from '#contract/gpu-lease.ts'
import { GpuLost, leaseGpu } from './lease-gpu.ts'

const gpu = { uuid: 'GPU-a', name: 'A100', driver: '580.65.06', memory_bytes: 1 }
const ref = { buildId: 'build-1', attempt: 1 }
const request = { digest: `sha256:${'0'.repeat(64)}`, purpose: 'verification' as const, needs: {} }
const never = new AbortController().signal

/** A server that grants for `leaseMs`, and what it was told. */
function server(leaseMs: number, later: () => Promise<GpuAnswer>) {
  const returned: boolean[] = []
  let asked = 0
  const granted = { state: 'granted', gpu, lease_ms: leaseMs } as const
  const controlPlane = {
    askGpu: async () => ((asked += 1) === 1 ? granted : later()),
    returnGpu: async (_: object, leftover: boolean) => void returned.push(leftover),
  }
  return { controlPlane, random: () => 0, returned }
}

it('is lost when its term ends, however long the server takes to answer', async () => {
  const deps = server(300, async () => new Promise<never>(() => undefined))
  const lease = await leaseGpu(deps, ref, request, never)
  if ('state' in lease) throw new Error('not granted')
  expect(lease.lost.aborted).toBe(false)
  await expect.poll(() => lease.lost.aborted, { timeout: 5_000 }).toBe(true)
  expect(lease.lost.reason).toBeInstanceOf(GpuLost)
  await lease[Symbol.asyncDispose]()
})

it('is renewed for as long as it is held, and then given back', async () => {
  const deps = server(120, async () => ({ state: 'granted', gpu, lease_ms: 120 }))
  const lease = await leaseGpu(deps, ref, request, never)
  if ('state' in lease) throw new Error('not granted')
  await sleep(600)
  expect(lease.lost.aborted).toBe(false)
  await lease[Symbol.asyncDispose]()
  expect(deps.returned).toEqual([false])
})

it('is told to be held back only once the server holds it', async () => {
  const deps = server(60_000, async () => ({ state: 'granted', gpu, lease_ms: 60_000 }))
  const lease = await leaseGpu(deps, ref, request, never)
  if ('state' in lease) throw new Error('not granted')
  const held: string[] = []
  lease.holdBack((uuid) => held.push(uuid))
  expect(held).toEqual([])
  await lease[Symbol.asyncDispose]()
  expect(deps.returned).toEqual([true])
  expect(held).toEqual([gpu.uuid])
})
