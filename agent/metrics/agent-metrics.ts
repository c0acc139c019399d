import { statfs } from 'node:fs/promises'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { NodeActivities } from '#contract/activities.ts'

interface Seen {
  /** The disk that builds and caches lie on. */
  readonly folder: string
  /** Why the disk is low; undefined while it is not. */
  readonly diskLow: () => string | undefined
  /** Bytes of the uploaded files that are kept on the node. */
  readonly contextBytes: () => number
  /** Daemons that run now. */
  readonly daemons: () => number
}

/** What an agent shows of its node. Sizes in bytes. */
export function addNodeGauges(
  registry: Registry,
  { folder, diskLow, contextBytes, daemons }: Seen,
): void {
  const registers = [registry]
  const disk: Gauge<'state'> = new Gauge({
    name: 'kiln_node_disk_bytes',
    help: 'The disk that builds and caches lie on: all of it, and what is free',
    labelNames: ['state'],
    registers,
    collect: async () => {
      const { blocks, bavail, bsize } = await statfs(folder)
      disk.set({ state: 'all' }, blocks * bsize)
      disk.set({ state: 'free' }, bavail * bsize)
    },
  })
  const low: Gauge = new Gauge({
    name: 'kiln_node_disk_low',
    help: '1 while the node takes no builds until its disk has room again',
    registers,
    collect: () => low.set(diskLow() === undefined ? 0 : 1),
  })
  const contexts: Gauge = new Gauge({
    name: 'kiln_node_context_bytes',
    help: 'Uploaded files of builds that are kept on the node',
    registers,
    collect: () => contexts.set(contextBytes()),
  })
  const running: Gauge = new Gauge({
    name: 'kiln_node_daemons',
    help: 'Build daemons that run, one a project',
    registers,
    collect: () => running.set(daemons()),
  })
}

/** Counts what the gate said of images. An image that fails it ends as a failure of the stage. */
export function countVerdicts<T extends Pick<NodeActivities, 'verifyImage'>>(
  registry: Registry,
  activities: T,
): T {
  const verdicts = new Counter({
    name: 'kiln_gate_verdicts_total',
    help: 'Images that passed the gate, by what they are and how that is known',
    labelNames: ['verdict', 'evidence'],
    registers: [registry],
  })
  return {
    ...activities,
    verifyImage: async (attempt, digest) => {
      const found = await activities.verifyImage(attempt, digest)
      verdicts.inc({ verdict: found.verdict, evidence: found.evidence })
      return found
    },
  }
}
