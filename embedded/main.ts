import { migrateUp } from '../migrations/migrate.ts'
import { ensureBaseImage } from './base-image/base-image.ts'
import { buildOnce } from './build-once.ts'
import { consolePart } from './built-parts.ts'
import { readSettings, type Settings } from './config.ts'
import { startComponents } from './farm.ts'
import { Problem } from './problem.ts'
import { startProcesses } from './processes.ts'
import { createReport, type Report } from './report.ts'
import { describeFarm } from './welcome.ts'

const report = createReport(process.stdout)
const stop = new AbortController()
// npm passes a signal on that the terminal has sent to the whole group already: the second one is no news.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => stop.abort())
// Longer than all the grace times of the children together; what it leaves is stopped by the next start.
const watchdogMs = 150_000
stop.signal.addEventListener('abort', () => {
  setTimeout(() => {
    report.say('stopping hangs, giving up: the next start clears what is left')
    process.exit(1)
  }, watchdogMs).unref()
})

/** The whole farm on this machine, until it is told to stop. */
async function run(started: number): Promise<void> {
  const settings = readSettings()
  const built = buildConsole(settings)
  await using components = await startComponents({ settings, report, signal: stop.signal })
  await migrateUp(components.databaseUrl)
  const base =
    settings.external.baseImage ??
    (await ensureBaseImage(components.registry, report, settings.environment)).reference
  await built
  await using processes = await startProcesses({
    components,
    settings,
    report,
    agent: true,
    watch: process.argv.includes('--watch'),
    signal: stop.signal,
  })
  for (const line of describeFarm(components, processes.serverUrl, base)) report.say(line)
  report.say(
    `ready in ${((performance.now() - started) / 1000).toFixed(1)} s; Ctrl-C stops everything`,
  )
  await aborted(stop.signal)
  report.say('stopping')
}

/** Without it the farm is whole for the command line and for programs. */
async function buildConsole(settings: Settings): Promise<void> {
  try {
    await buildOnce(consolePart, settings, report, stop.signal)
  } catch (error) {
    if (stop.signal.aborted) return
    report.say(`there is no console: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const { promise, resolve } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => resolve(), { once: true })
  // Nothing else may keep this process alive while only its children work.
  const awake = setInterval(() => undefined, 60_000)
  await promise
  clearInterval(awake)
}

function tell(error: unknown, to: Report): void {
  if (stop.signal.aborted) return
  process.exitCode = 1
  if (error instanceof Problem) {
    to.say('Kiln cannot start here yet:')
    for (const item of error.items) to.say(`  - ${item}`)
    return
  }
  to.say(error instanceof Error ? error.message : String(error))
}

try {
  await run(performance.now())
} catch (error) {
  tell(error, report)
}
if (stop.signal.aborted) report.say('stopped')
