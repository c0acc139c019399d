import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readSettings } from '../embedded/config.ts'
import type { ComponentName } from '../embedded/pins.ts'
import { createReport } from '../embedded/report.ts'
import { resolveCudaProbe } from '../embedded/resolve/cuda-probe.ts'
import { obtain } from '../embedded/resolve/resolve.ts'

/** Where the image of an agent looks for what it starts. */
const folders = { buildkit: 'bin', runc: 'bin', cni: 'cni' } as const satisfies Partial<
  Record<ComponentName, string>
>

/** Puts all that an agent starts into a folder, at the pinned versions: `node tools/build-components.ts FOLDER`. */
async function buildComponents(target: string): Promise<void> {
  const settings = readSettings().resolve
  const report = createReport(process.stdout)
  const { signal } = new AbortController()
  for (const name of ['buildkit', 'runc', 'cni'] as const) {
    const folder = join(target, folders[name])
    await mkdir(folder, { recursive: true })
    const { binaries } = await obtain(name, settings, report, signal)
    for (const [binary, path] of Object.entries(binaries))
      await copyFile(path, join(folder, binary))
  }
  const probe = await resolveCudaProbe(settings, report, signal)
  await copyFile(probe, join(target, 'cuda-probe'))
}

const [target] = process.argv.slice(2)
if (target === undefined) throw new Error('name the folder that the components are to lie in')
await buildComponents(target)
