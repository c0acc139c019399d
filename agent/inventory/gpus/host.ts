import type { Environment } from '../../../process/environment.ts'

/** The node whose GPUs are looked at. */
export interface GpuHost {
  /** In front of every path that is read; empty for this machine. */
  readonly root: string
  readonly nvidiaSmi: string
  readonly environment: Environment
  /** Folders of CDI specifications. */
  readonly cdiDirs: readonly string[]
}
