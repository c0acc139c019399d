import si from 'systeminformation'
import type { Inventory } from '#contract/node.ts'
import type { NodeGpus } from './gpus/read-gpus.ts'

/** What this node is and has. `readBuildkit` asks the node's build daemon. */
export async function readInventory(
  directory: string,
  { gpus, faulty, findings }: NodeGpus,
  readBuildkit: () => Promise<Inventory['buildkit']>,
): Promise<Inventory> {
  const [os, cpu, memory, disks, buildkit] = await Promise.all([
    si.osInfo(),
    si.cpu(),
    si.mem(),
    si.fsSize(),
    readBuildkit(),
  ])
  const disk = disks
    .filter(({ mount }) => directory.startsWith(mount))
    .toSorted((a, b) => b.mount.length - a.mount.length)[0]
  return {
    host: {
      hostname: os.hostname,
      os: `${os.distro} ${os.release}`,
      kernel: os.kernel,
      arch: os.arch,
    },
    cpu: { model: `${cpu.manufacturer} ${cpu.brand}`.trim(), cores: Math.max(1, cpu.cores) },
    memory_bytes: memory.total,
    disk: { total_bytes: disk?.size ?? 0, free_bytes: disk?.available ?? 0 },
    buildkit,
    gpus: [...gpus],
    faulty_gpus: [...faulty],
    findings: [...findings],
  }
}
