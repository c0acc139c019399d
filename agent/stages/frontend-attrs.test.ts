import { describe, expect, it } from 'vitest'
import type { BuildOptions } from '#contract/build.ts'
import { examplePlan } from '../../test/example-plan.ts'
import { frontendAttrs } from './frontend-attrs.ts'

const attrs = (
  options: Partial<BuildOptions>,
  stage: 'building' | 'verifying' | 'pushing' = 'building',
) => frontendAttrs(examplePlan(options), stage)

describe('frontendAttrs', () => {
  it('says nothing that was not asked for', () => {
    expect(attrs({})).toEqual({
      filename: 'Dockerfile',
      cmdline: 'kiln',
      dockerfilekey: 'dockerfile',
    })
  })

  it('passes what was asked for under the names of the frontend', () => {
    const options = {
      target: 'a',
      build_args: { A: '1' },
      labels: { l: '2' },
      network: 'none' as const,
    }
    expect(attrs(options)).toMatchObject({
      target: 'a',
      'build-arg:A': '1',
      'label:l': '2',
      'force-network-mode': 'none',
    })
  })

  it('passes platform, limits and the time of a reproducible build', () => {
    const limits = { memory: 1024 ** 3, cpus: 1.5, shm_size: 64 * 1024 ** 2, nofile: 4096 }
    expect(attrs({ platform: 'linux/arm64', limits, reproducible: true })).toMatchObject({
      platform: 'linux/arm64',
      memory: '1073741824',
      cpuperiod: '100000',
      cpuquota: '150000',
      'shm-size': '67108864',
      ulimit: 'nofile=4096:4096',
      'build-arg:SOURCE_DATE_EPOCH': '315532800',
    })
  })

  it('drops the cache only in the stage that fills it again', () => {
    expect(attrs({ no_cache: true })).toMatchObject({ 'no-cache': '' })
    expect(attrs({ no_cache: ['a', 'b'] })).toMatchObject({ 'no-cache': 'a,b' })
    expect(attrs({ no_cache: true }, 'pushing')).not.toHaveProperty('no-cache')
  })

  it.each([
    ['docker.io/library/debian:latest', 'debian'],
    ['library/debian:12', 'debian:12'],
    ['h:1/debian:latest', 'h:1/debian'],
  ])('pins %s under the name by which the frontend looks for it', (reference, name) => {
    const pinned = 'h:1/x@sha256:0'
    const plan = examplePlan({}, { bases: [{ reference, pinned }] })
    expect(frontendAttrs(plan, 'building')).toMatchObject({
      [`context:${name}`]: `docker-image://${pinned}`,
    })
  })
})
