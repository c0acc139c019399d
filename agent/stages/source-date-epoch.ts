import type { BuildOptions } from '#contract/build.ts'

/** 1 January 1980: the earliest time that a zip archive, and so a Python wheel, can hold. */
const earliest = 315_532_800

/** The one time that all files of a reproducible build get, in seconds since 1970. Pure. */
export function sourceDateEpoch({ reproducible }: BuildOptions): string | undefined {
  if (reproducible === undefined || reproducible === false) return undefined
  return String(reproducible === true ? earliest : reproducible.source_date_epoch)
}
