import { readFile, stat } from 'node:fs/promises'
import type { Gpu, NodeFinding } from '#contract/node.ts'
import { createAskNvidiaSmi } from './ask-nvidia-smi.ts'
import { judgeCdi, readCdiGpus } from './cdi-spec.ts'
import { gpusOf, judgeProcesses, processesQuery } from './foreign-processes.ts'
import type { GpuHost } from './host.ts'
import { capabilityOf, judgeGpu } from './judge-gpu.ts'
import { type MigInstance, parseMigs } from './list-migs.ts'
import { judgeNoted, type NotedFault } from './noted-faults.ts'
import { judgeDump } from './parse-dump.ts'
import { numberOf } from './parse-rows.ts'
import { judgeXids, type KernelLine, parseXids } from './parse-xids.ts'
import { addressOf } from './pci-address.ts'
import { createGpuQuery, type GpuFields } from './query-gpus.ts'
import { judgeDriver, judgeLost, readDriverFiles } from './read-driver.ts'
import { judgeRemappedRows, remappedRowsQuery } from './remapped-rows.ts'

export interface NodeGpus {
  /** Those that work may be given to. */
  readonly gpus: readonly Gpu[]
  /** Those that a fault of the hardware or of its set-up keeps from working. */
  readonly faulty: readonly Gpu[]
  readonly findings: readonly NodeFinding[]
  /** UUIDs of those on which steps of builds run; absent when the driver did not say. */
  readonly occupied?: readonly string[]
}

export interface GpuReaderDeps {
  readonly host: GpuHost
  readonly readKernelLog: () => Promise<readonly KernelLine[]>
  /** What showed while the GPUs were used. */
  readonly readNoted: () => Promise<readonly NotedFault[]>
  /** A person touches this file when a fault of the hardware has been seen to. */
  readonly clearedFile: string
}

export const noGpus: NodeGpus = { gpus: [], faulty: [], findings: [] }

const mebibyte = 1024 ** 2

/** Reads the GPUs of a node and what is wrong with them. `full` also asks what takes the driver long to answer. */
export function createGpuReader(deps: GpuReaderDeps) {
  const { host, readKernelLog, readNoted, clearedFile } = deps
  const ask = createAskNvidiaSmi(host)
  const query = createGpuQuery(ask)
  const textOf = async (args: readonly string[]) => {
    const answer = await ask(args)
    return 'stdout' in answer ? answer.stdout : ''
  }
  let dump: readonly NodeFinding[] = []
  return async ({ full }: { readonly full: boolean }): Promise<NodeGpus> => {
    const files = await readDriverFiles(host)
    const { gpus, findings } = await query()
    const driver = judgeDriver(files)
    if (gpus.length === 0) return { ...noGpus, findings: driver.length > 0 ? driver : findings }
    // One after another: each of them asks the same driver, which may be slow or ill.
    const migs = parseMigs(await textOf(['-L']))
    const rows = judgeRemappedRows(await textOf(remappedRowsQuery))
    const told = await ask(processesQuery)
    const processes = 'stdout' in told ? told.stdout : ''
    const own = await readOwnPids(processes, host.root)
    // What the driver asks for is over as soon as it has been done.
    if (full || dump.length > 0) dump = judgeDump(await textOf(['-q', '-x']))
    const clearedAt = await readClearedAt(clearedFile)
    const noted = judgeNoted(await readNoted(), migs, clearedAt)
    const xids = judgeXids(
      parseXids(await readKernelLog()),
      (address) => gpus.find((gpu) => addressOf(gpu['pci.bus_id'] ?? '') === address)?.['uuid'],
      clearedAt,
    )
    const cdi = judgeCdi(await readCdiGpus(host), givenAway(gpus, migs), files.kernel)
    const judged = gpus.flatMap((gpu) =>
      judgeGpu(gpu, migs.filter((mig) => mig.gpu === gpu['uuid']).length),
    )
    const lost = judgeLost(
      files,
      gpus.map((gpu) => gpu['pci.bus_id'] ?? ''),
    )
    const all = [
      ...driver,
      ...lost,
      ...findings,
      ...cdi,
      ...judged,
      ...rows,
      ...judgeProcesses(processes, (pid) => own.has(pid)),
      ...dump,
      ...xids,
      ...noted,
    ]
    const broken = new Set(
      all.flatMap(({ gpu, severity }) => (severity === 'error' ? (gpu ?? []) : [])),
    )
    const described = gpus.map((gpu) => describe(gpu, migs))
    return {
      gpus: described.filter(({ uuid }) => !broken.has(uuid)),
      faulty: described.filter(({ uuid }) => broken.has(uuid)),
      findings: all,
      ...('stdout' in told && { occupied: gpusOf(processes, (pid) => own.has(pid)) }),
    }
  }
}

/** What of each card is given away: itself, or each instance that it is divided into. */
function givenAway(gpus: readonly GpuFields[], migs: readonly MigInstance[]) {
  return new Map(
    gpus.map(({ uuid = '' }) => {
      const own = migs.filter(({ gpu }) => gpu === uuid).map((mig) => mig.uuid)
      return [uuid, own.length === 0 ? [uuid] : own] as const
    }),
  )
}

function describe(gpu: GpuFields, migs: readonly MigInstance[]): Gpu {
  const own = migs.filter((mig) => mig.gpu === gpu['uuid'])
  const capability = capabilityOf(gpu)
  const name = gpu['name'] ?? ''
  return {
    uuid: gpu['uuid'] ?? '',
    name,
    driver: gpu['driver_version'] ?? '',
    memory_bytes: (numberOf(gpu['memory.total']) ?? 0) * mebibyte,
    free_bytes: (numberOf(gpu['memory.free']) ?? 0) * mebibyte,
    bus_id: gpu['pci.bus_id'] ?? '',
    ...(capability !== undefined && { capability }),
    ...(own.length > 0 && { migs: own.map(({ uuid, profile }) => ({ uuid, profile })) }),
    ...(name.includes('(simulated)') && { simulated: true }),
  }
}

/** Steps of builds run in control groups of the farm's own; everybody else's processes are foreign. */
async function readOwnPids(csv: string, root: string): Promise<ReadonlySet<number>> {
  const pids = [...csv.matchAll(/^[^,]+, (\d+), /gm)].map(([, pid]) => Number(pid))
  const own = await Promise.all(
    pids.map(async (pid) => {
      const groups = await readFile(`${root}/proc/${pid}/cgroup`, 'utf8').catch(() => '')
      return /\/kiln-/.test(groups) ? [pid] : []
    }),
  )
  return new Set(own.flat())
}

async function readClearedAt(file: string): Promise<Date> {
  return stat(file).then(
    ({ mtime }) => mtime,
    () => new Date(0),
  )
}
