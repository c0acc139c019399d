import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { checkDockerfile } from '../../dockerfile/check.ts'
import { findImports } from './imports.ts'

const names = ['server', 'worker', 'agent'] as const
/** What is started in each image, also by people, Compose and the chart, and in threads and processes of its own. */
const programs = {
  server: ['server/main.ts', 'migrations/migrate.ts'],
  worker: ['worker/main.ts', 'worker/analysis/facts-thread.ts', 'tools/prepare-temporal.ts'],
  agent: [
    'agent/main.ts',
    'agent/facts/facts-thread.ts',
    'agent/network/listen-child.ts',
    'agent/network/connect-child.ts',
  ],
} as const
const read = async (name: string) => readFile(`deploy/${name}.Dockerfile`, 'utf8')

type Manifest = Readonly<Record<string, Readonly<Record<string, string>>>>

/** The words behind the first of some instructions or commands, over lines that go on. */
function argumentsOf(text: string, start: RegExp): readonly string[] {
  const [, line = ''] = new RegExp(`${start.source}((?:[^\\n\\\\]|\\\\\\n)*)`).exec(text) ?? []
  return line.split(/[\s\\&]+/).filter((word) => word !== '' && word !== './')
}

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

  it('has every file that its programs import, and every package', async () => {
    const text = await read(name)
    const { files, packages } = await findImports(programs[name])
    const copied = argumentsOf(text.slice(text.lastIndexOf('\nFROM ')), /COPY --parents/)
    const missing = files.filter(
      (file) => !copied.some((one) => file === one || file.startsWith(`${one}/`)),
    )
    expect(missing).toEqual([])
    const stage = text.slice(text.indexOf(' AS modules'))
    const deleted = argumentsOf(stage.slice(0, stage.indexOf('npm ci')), /npm pkg delete/)
    const lost = [...packages].filter((one) => deleted.includes(`dependencies.${one}`))
    expect(lost).toEqual([])
    const manifest = JSON.parse(await readFile('package.json', 'utf8')) as Manifest
    // npm would take a name with a dot in it for a way further down.
    const unknown = deleted.filter((key) => {
      const [kind = '', one, ...further] = key.split('.')
      return further.length > 0 || (one !== undefined && manifest[kind]?.[one] === undefined)
    })
    expect(unknown).toEqual([])
  })

  it('runs as nobody in particular, but for the agent', async () => {
    const user = /^USER (\S+)$/m.exec(await read(name))?.[1]
    expect(user).toBe(name === 'agent' ? undefined : '10001:10001')
  })
})

it('images have the core of the SDK for their own processor, and nothing for another', async () => {
  for (const name of ['worker', 'agent'])
    expect(await read(name)).toContain('! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +')
  expect(await read('server')).toContain('npm pkg delete dependencies.@temporalio/worker')
  // Of another runtime, for every processor and system that it has.
  for (const name of names)
    expect(await read(name)).toContain('rm -rf node_modules/bare-*/prebuilds')
})
