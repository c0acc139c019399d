import { packageExits, type PackageFailure } from '#contract/packages.ts'

/** Where a step finds the lists, and where it may write without leaving anything in the image. */
export const places = {
  lists: '/run/kiln/lists',
  work: '/run/kiln/work',
  cache: '/run/kiln/cache',
} as const

/** The exit code by which a step says why it ends. */
export function exitOf(failure: PackageFailure): number {
  const found = Object.entries(packageExits).find(([, code]) => code === failure)
  return Number(found?.[0])
}

/**
 * What each step begins with, for the shells of all distributions. `keep` runs a command, remembers what it prints and
 * gives its own status back. `blame` ends the step, by another cause where the words of the command tell one.
 */
export const prelude = `#!/bin/sh
set -eu
cd /
keep() {
  { code=0; "$@" 2>&1 || code=$?; echo "$code" > ${places.work}/status; } | tee -a ${places.work}/output
  return "$(cat ${places.work}/status)"
}
said() { grep -E -i -q "$1" ${places.work}/output; }
end() { echo "kiln: $2" >&2; exit "$1"; }
unreachable='could not resolve|temporary failure|name or service not known|failed to resolve|connection (refused|reset|timed out|broken)|could not connect|network is unreachable|no route to host|failed to establish|connecttimeout|read timed out|50[234]:? (bad|service|gateway)|download error|connection failed|ssl.*(verify|certificate)'
blame() {
  if said "$unreachable"; then end ${exitOf('packages_unreachable')} "what offers the packages cannot be reached from here"; fi
  exit "$1"
}`
