import { join } from 'node:path'
import type { Case } from './cases.ts'
import type { Surroundings } from './surroundings.ts'

/** The flags by which buildctl is told what Kiln is told by options, and what Kiln always tells the daemon. */
export function optionFlags({
  target,
  build_args: args = {},
  labels = {},
  network = 'proxy',
}: NonNullable<Case['options']>): readonly string[] {
  const opts = {
    cmdline: 'buildctl',
    ...(target !== undefined && { target }),
    ...prefixed('build-arg', args),
    ...prefixed('label', labels),
    ...(network === 'none' && { 'force-network-mode': 'none' }),
  }
  return [
    // Otherwise its steps would be answered by what Kiln has just built.
    '--no-cache',
    ...Object.entries(opts).flatMap(([key, value]) => ['--opt', `${key}=${value}`]),
    ...(network === 'proxy' ? ['--proxy-network'] : []),
  ]
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${prefix}:${key}`, value]),
  )
}

/** Where buildctl takes the files, secrets and keys of a case from. */
export function sourceFlags(
  { git, secrets = [], ssh = [], epoch }: Case,
  { repository: { url } }: Surroundings,
  secretFolder: string,
): readonly string[] {
  const fragment = [git?.ref ?? '', git?.subdir ?? ''].join(':').replace(/:$/, '')
  const opts = {
    ...(git && { context: `${url}#${fragment}`.replace(/#$/, ''), dockerfilekey: 'dockerfile' }),
    ...(epoch !== undefined && { 'build-arg:SOURCE_DATE_EPOCH': String(epoch) }),
  }
  return [
    ...Object.entries(opts).flatMap(([key, value]) => ['--opt', `${key}=${value}`]),
    ...secrets.flatMap((id) => ['--secret', `id=${id},src=${join(secretFolder, id)}`]),
    ...ssh.flatMap((id) => ['--ssh', `${id}=${join(secretFolder, 'key')}`]),
  ]
}
