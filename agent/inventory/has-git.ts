import type { Environment } from '../../process/environment.ts'
import { ProcessError, run } from '../../process/run.ts'

/** Whether a program with these surroundings finds git; a build daemon needs it for repositories. */
export async function hasGit(environment: Environment): Promise<boolean> {
  try {
    await run('git', ['--version'], { limitMs: 5_000, environment })
    return true
  } catch (error) {
    if (error instanceof ProcessError) return false
    throw error
  }
}
