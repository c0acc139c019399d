import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { checkDockerfile } from '../../dockerfile/check.ts'

const names = ['server', 'worker', 'agent'] as const
const read = async (name: string) => readFile(`deploy/${name}.Dockerfile`, 'utf8')

describe.each(names)('deploy/%s.Dockerfile', (name) => {
  it('has no mistake that Kiln itself would refuse', async () => {
    expect(checkDockerfile(await read(name))).toEqual([])
  })

  it('begins with images that a build argument replaces, and installs what is locked', async () => {
    const text = await read(name)
    const outside = [...text.matchAll(/^FROM (\S+)/gm)].map(([, from]) => from)
    const stages = new Set([...text.matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, stage]) => stage))
    for (const from of outside.filter((one) => !stages.has(one)))
      expect(['${BUILD_IMAGE}', '${RUN_IMAGE}', 'scratch']).toContain(from)
    expect(text).toMatch(/npm ci (--omit=dev )?--ignore-scripts/)
    expect(text).toMatch(/npm (ci|prune) --omit=dev/)
  })

  it('runs as nobody in particular, but for the agent', async () => {
    const user = /^USER (\S+)$/m.exec(await read(name))?.[1]
    expect(user).toBe(name === 'agent' ? undefined : '10001:10001')
  })
})

it('images with the core of the SDK have that of their own processor alone', async () => {
  for (const name of ['worker', 'agent'])
    expect(await read(name)).toContain('! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +')
  expect(await read('server')).toMatch(/rm -rf node_modules\/@temporalio\/core-bridge/)
})
