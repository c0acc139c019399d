import { readSettings } from '../../../embedded/config.ts'
import { createReport } from '../../../embedded/report.ts'
import { resolveCudaProbe } from '../../../embedded/resolve/cuda-probe.ts'
import { locateAll, resolveAll } from '../../../embedded/resolve/resolve.ts'
import { buildSimulatedDriver } from './build-driver.ts'
import type { NvidiaTools } from './simulated-node.ts'

export interface GpuTools {
  readonly nvidia: NvidiaTools
  /** The probe for this machine. */
  readonly probe: string
  /** Folder of the compiled stand-ins for the driver. */
  readonly driver: string
}

const names = ['nvidia-ctk'] as const

/** Finds or builds what GPU tests need beside a build daemon. */
export async function resolveGpuTools(): Promise<GpuTools> {
  const settings = readSettings().resolve
  const report = createReport(process.stdout)
  const { signal } = new AbortController()
  const located = await locateAll(names, settings)
  const resolved = await resolveAll(names, located, settings, report, signal)
  const { 'nvidia-ctk': ctk = '', 'nvidia-cdi-hook': hook = '' } = resolved.get('nvidia-ctk') ?? {}
  return {
    nvidia: { ctk, hook },
    probe: await resolveCudaProbe(settings, report, signal),
    driver: await buildSimulatedDriver(settings.cacheDir),
  }
}
