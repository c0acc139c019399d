import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Gpu } from '#contract/node.ts'

const run = promisify(execFile)
const fields = ['uuid', 'name', 'driver_version', 'memory.total']
const mebibyte = 1024 ** 2
const deadlineMs = 10_000

/** The GPUs that the driver's own tool reports; none when the tool is absent or fails. */
export async function readGpus(): Promise<readonly Gpu[]> {
  const query = [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits']
  const answer = await run('nvidia-smi', query, {
    timeout: deadlineMs,
    killSignal: 'SIGKILL',
  }).catch(() => undefined)
  return answer === undefined ? [] : parseGpus(answer.stdout)
}

/** Reads one GPU a line; a line that is not of the expected form is left out. */
export function parseGpus(csv: string): readonly Gpu[] {
  return csv.split('\n').flatMap((line) => {
    const [uuid, name, driver, memory] = line.split(', ')
    if (!uuid?.startsWith('GPU-') || !name || !driver || !Number.isFinite(Number(memory))) return []
    return [{ uuid, name, driver, memory_bytes: Number(memory) * mebibyte }]
  })
}
