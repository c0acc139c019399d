import { readFile, rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { isErrno } from '#contract/errno.ts'
import type { NodeFinding } from '#contract/node.ts'
import { isReasonCode } from '../../../cuda/tables/reasons.ts'
import { gpuFinding } from './finding.ts'
import type { MigInstance } from './list-migs.ts'

const notedFault = z.object({
  /** UUID of the GPU or MIG instance on which it was found. */
  uuid: z.string(),
  code: z.string().refine(isReasonCode),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
  at: z.iso.datetime(),
})
const notes = z.object({ boot: z.string(), faults: z.array(notedFault) })

/** A fault of the hardware that showed while a GPU was used, and that the driver may know nothing of afterwards. */
export type NotedFault = z.infer<typeof notedFault>

/** Faults that are kept, beyond the life of the agent, until the machine starts anew. */
export interface NotedFaults {
  read(): Promise<readonly NotedFault[]>
  note(fault: NotedFault): Promise<void>
}

/** More than any machine has GPUs; of each the last fault counts. */
const maxFaults = 256

/** @param readBoot what names the time since the machine was started. */
export function keepNotedFaults(file: string, readBoot: () => Promise<string>): NotedFaults {
  let last: Promise<unknown> = Promise.resolve()
  const read = async () => {
    const { boot, faults } = parse(await readFile(file, 'utf8').catch(unlessAbsent))
    return boot === (await readBoot()) ? faults : []
  }
  const note = async (fault: NotedFault) => {
    const others = (await read()).filter(({ uuid }) => uuid !== fault.uuid)
    const faults = [...others, fault].slice(-maxFaults)
    await writeFile(`${file}.new`, JSON.stringify({ boot: await readBoot(), faults }))
    await rename(`${file}.new`, file)
  }
  return {
    read,
    note: async (fault) => {
      const noted = last.then(async () => note(fault))
      last = noted.catch(() => undefined)
      return noted
    },
  }
}

/** What was noted after `clearedAt`, of the whole card where an instance of it was used: they share the hardware. */
export function judgeNoted(
  faults: readonly NotedFault[],
  migs: readonly MigInstance[],
  clearedAt: Date,
): readonly NodeFinding[] {
  return faults
    .filter(({ at }) => new Date(at) > clearedAt)
    .map(({ uuid, code, params, at }) => {
      const card = migs.find((mig) => mig.uuid === uuid)?.gpu ?? uuid
      return gpuFinding(card, code, { ...params, at })
    })
}

/** Names the time since this machine was started. */
export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
}

function parse(text: string): z.infer<typeof notes> {
  try {
    return notes.parse(JSON.parse(text))
  } catch {
    return { boot: '', faults: [] }
  }
}

function unlessAbsent(error: unknown): string {
  if (isErrno(error, 'ENOENT')) return ''
  throw error
}
