import { CommanderError } from 'commander'
import type { CliDeps } from './cli-deps.ts'
import { exitCodes } from './exit-code.ts'
import { createProgram } from './program.ts'
import { createRunner } from './runner.ts'

/** Runs one command line. @param args without the name of the program. @returns the exit code. */
export async function runCli(
  args: readonly string[],
  deps: CliDeps,
  version: string,
): Promise<number> {
  const runner = createRunner(deps)
  try {
    // Anywhere else it is the version of an image.
    const line = args[0] === '--version' ? ['-V'] : [...args]
    await createProgram(runner, version).parseAsync(line, { from: 'user' })
    return runner.exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Help and version end so as well.
    if (error.exitCode === 0) return exitCodes.ok
    if (args.includes('--json')) {
      const message = error.message.replace(/^error: /, '')
      deps.streams.out.write(`${JSON.stringify({ error: { code: 'usage', message } }, null, 2)}\n`)
    }
    return exitCodes.usage
  }
}
