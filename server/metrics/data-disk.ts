import { statfs } from 'node:fs/promises'
import { Gauge, type Registry } from 'prom-client'

/**
 * Shows in bytes how large the disk of contexts and logs is and what is free on it, as whoever is not root may use it.
 * Absent while the folder cannot be looked at.
 */
export function addDataDisk(registry: Registry, folder: string): void {
  const disk: Gauge<'state'> = new Gauge({
    name: 'kiln_server_disk_bytes',
    help: 'The disk that contexts and logs lie on: all of it, and what is free',
    labelNames: ['state'],
    registers: [registry],
    collect: async () => {
      disk.reset()
      // It must not take all other metrics with it, which are needed most then.
      const found = await statfs(folder).catch(() => undefined)
      if (found === undefined) return
      disk.set({ state: 'all' }, found.blocks * found.bsize)
      disk.set({ state: 'free' }, found.bavail * found.bsize)
    },
  })
}
