import { buildOnce } from '../../embedded/build-once.ts'
import { consolePart } from '../../embedded/built-parts.ts'
import { readSettings } from '../../embedded/config.ts'
import { createReport } from '../../embedded/report.ts'
import { testEnvironment } from '../farm.ts'

/** Builds the console that the server serves, unless it is there as its sources make it. */
export async function buildConsole(): Promise<void> {
  const settings = readSettings(testEnvironment('/nowhere'))
  await buildOnce(consolePart, settings, createReport(process.stdout), new AbortController().signal)
}
