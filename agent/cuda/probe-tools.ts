import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProbeTools } from './probe-image.ts'

const script = join(import.meta.dirname, 'probe', 'framework-probe.py')

/** @param probe path of the driver probe for this machine's processor. */
export async function readProbeTools(probe: string | undefined): Promise<ProbeTools> {
  if (probe === undefined) throw new Error('this agent has no CUDA probe')
  return { 'cuda-probe': await readFile(probe), 'framework-probe.py': await readFile(script) }
}
