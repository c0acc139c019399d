import type { z } from 'zod'
import type { wantedVolumes } from '#contract/wire/volume.ts'

type WantedVolume = z.input<typeof wantedVolumes>[number]

/** Reads `datasets:/data`, `datasets:/data:ro` or `…:rw`. `undefined` when it is none; the server looks at the parts. Pure. */
export function readVolume(text: string): WantedVolume | undefined {
  const [, volume, path, mode] = /^([^:]+):([^:]+)(?::(ro|rw))?$/.exec(text) ?? []
  if (volume === undefined || path === undefined) return undefined
  return { volume, path, ...(mode !== undefined && { read_only: mode === 'ro' }) }
}
