import { fileURLToPath } from 'node:url'
import type { WorkerOptions } from '@temporalio/worker'

/** The built bundle where one is named (an image carries one); otherwise the sources, bundled at start. */
export function workflowSource(
  bundle: string | undefined,
): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if (bundle !== undefined) return { workflowBundle: { codePath: bundle } }
  return { workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)) }
}
