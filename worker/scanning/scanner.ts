import type { Digest } from '#contract/image.ts'
import { type Findings, severities } from '#contract/scan.ts'
import { HarborError } from '../../harbor/error.ts'
import type { Harbor } from '../../harbor/harbor.ts'
import type { HarborArtifact } from '../../harbor/artifacts.ts'

/**
 * What a scanner says of an image at one time. `silent`: the registry does not answer, or has not heard of the image yet.
 * `denied`: the farm may not ask.
 */
export type ScannerAnswer =
  | { readonly state: 'running' | 'silent' }
  | { readonly state: 'done'; readonly findings: Findings }
  | { readonly state: 'failed' | 'absent' | 'denied' }

/** The scanner of the farm's registry. Neither call throws for what the registry answers, or that it does not. */
export interface Scanner {
  /** Asks for a scan with what the scanner knows today; one that is running is as good. */
  ask(repository: string, digest: Digest): Promise<ScannerAnswer>
  /** How far the last one is. */
  look(repository: string, digest: Digest): Promise<ScannerAnswer>
  /** Gives up one that is stuck: its job may be lost, and Harbor starts no other as long as it counts as running. */
  giveUp(repository: string, digest: Digest): Promise<void>
}

/** @param project of Harbor, in which the farm keeps its images. */
export function createScanner({ scans, artifacts }: Harbor, project: string): Scanner {
  const place = (repository: string) => ({ project, repository })
  return {
    ask: async (repository, digest) =>
      answerOf(async () => {
        const asked = await scans.start(place(repository), digest, 'vulnerability')
        return { state: asked === 'no_scanner' ? 'absent' : 'running' }
      }),
    look: async (repository, digest) =>
      answerOf(async () => readState(await artifacts.find(place(repository), digest))),
    giveUp: async (repository, digest) => {
      await answerOf(async () => {
        await scans.stop(place(repository), digest, 'vulnerability')
        return { state: 'running' }
      })
    },
  }
}

async function answerOf(ask: () => Promise<ScannerAnswer>): Promise<ScannerAnswer> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof HarborError)) throw error
    if (error.status === 401 || error.status === 403) return { state: 'denied' }
    return { state: error.status === 400 || error.status === 422 ? 'failed' : 'silent' }
  }
}

function readState(artifact: HarborArtifact | undefined): ScannerAnswer {
  const report = artifact?.scan_overview
  if (report?.scan_status === 'Success') return { state: 'done', findings: readFindings(report) }
  const isOver = report?.scan_status === 'Error' || report?.scan_status === 'Stopped'
  return { state: isOver ? 'failed' : 'running' }
}

function readFindings({ summary }: NonNullable<HarborArtifact['scan_overview']>): Findings {
  const told = Object.entries(summary?.summary ?? {})
  const found = { critical: 0, high: 0, medium: 0, low: 0, other: 0 }
  for (const [name, count] of told) {
    const severity = severities.find((one) => one === name.toLowerCase()) ?? 'other'
    found[severity] += count
  }
  return found
}
