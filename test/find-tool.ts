import { readSettings } from '../embedded/config.ts'
import type { ComponentName } from '../embedded/pins.ts'
import { createReport } from '../embedded/report.ts'
import { locate } from '../embedded/resolve/locate.ts'
import { obtain } from '../embedded/resolve/resolve.ts'

/** The tests of everything else must not wait longer for it where it has to be built first. */
const limitMs = 6 * 60_000

/** Path of a tool that only tests use; `undefined`, with the reason on the terminal, where it cannot be built in time. */
export async function findTool(name: ComponentName, binary: string): Promise<string | undefined> {
  const settings = readSettings().resolve
  const report = createReport(process.stdout)
  const found = await locate(name, settings)
  if (found !== undefined) return found.binaries[binary]
  const signal = AbortSignal.timeout(limitMs)
  try {
    return (await obtain(name, settings, report, signal)).binaries[binary]
  } catch (error) {
    if (!signal.aborted) throw error
    report.say(`${name} is not in the cache and was not built within ${limitMs / 60_000} minutes`)
    return undefined
  }
}
