import { join } from 'node:path'
import type { ResolveSettings } from '../config.ts'
import { pins, type ComponentName } from '../pins.ts'
import { run } from '../../process/run.ts'
import type { Report } from '../report.ts'
import { createFolder, goFolder } from './cache.ts'
import { hasCTools, installPackages } from './system-packages.ts'

const limitMs = 45 * 60_000

/** Builds a component's binaries from source into `folder`. */
export async function buildFromSource(
  name: ComponentName,
  go: string,
  folder: string,
  settings: ResolveSettings,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const { version, build } = pins[name]
  if (!(await hasCTools(build.cgo, settings.environment))) {
    const packages =
      build.cgo === 'gcc'
        ? ['gcc', 'libc6-dev']
        : ['gcc', 'libc6-dev', 'pkg-config', 'libseccomp-dev']
    await installPackages(
      packages,
      `${name} is built with ${build.cgo}`,
      settings.environment,
      report,
      signal,
    )
  }
  report.say(`${name} ${version}: building from source, usually ${build.usually} on two cores`)
  using progress = report.progress(`building ${name}`)
  const environment = {
    ...settings.environment,
    CGO_ENABLED: build.cgo === undefined ? '0' : '1',
    GOFLAGS: '-mod=readonly -buildvcs=false',
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
  }
  await createFolder(folder, async (temporary) => {
    for (const [binary, source] of Object.entries(build.packages)) {
      const args = ['build', '-trimpath', '-ldflags', `-s -w ${build.ldflags ?? ''}`.trim()]
      if (build.tags !== undefined) args.push('-tags', build.tags)
      args.push('-o', join(temporary, binary), source)
      await run(go, args, { cwd: goFolder(name), environment, limitMs, signal })
    }
  })
  report.say(`${name} ${version}: built in ${progress.seconds()} s`)
}
