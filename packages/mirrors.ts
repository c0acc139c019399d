/** Where packages come from instead of where the base says; addresses without user, query and trailing slash. */
export interface Mirrors {
  /** An index as pip reads it. */
  readonly pip?: string | undefined
  /** A host with the folders that Debian and Ubuntu are served in: `debian`, `debian-security`, `ubuntu`. */
  readonly apt?: string | undefined
  /** In front of the names of channels. */
  readonly conda?: string | undefined
}

/**
 * The configuration by which each package manager finds its mirror, as files that lie beside the lists: they are mounted for
 * the step, and nothing of them is in the image. A mirror takes the place of an index; beside it, whoever has a higher
 * version there would win.
 */
export function mirrorFiles({ pip, apt, conda }: Mirrors): {
  readonly [kind in 'pip' | 'apt' | 'conda']: Readonly<Record<string, string>>
} {
  return {
    pip: pip === undefined ? {} : { 'pip/pip.conf': pipConfig(pip) },
    apt: apt === undefined ? {} : { 'apt/mirror.sed': aptScript(apt) },
    conda: conda === undefined ? {} : { 'conda/condarc': `channel_alias: ${conda}\n` },
  }
}

/** pip asks nobody without TLS who is not trusted by name. */
function pipConfig(index: string): string {
  const { protocol, hostname } = new URL(index)
  const trusted = protocol === 'http:' ? `trusted-host = ${hostname}\n` : ''
  return `[global]\nindex-url = ${index}\n${trusted}`
}

/** For lines of both forms that apt has. Archives of others than the distribution stay where they are. */
function aptScript(mirror: string): string {
  return `s#https?://[^/[:space:]]+/((debian|ubuntu)[a-z-]*)#${mirror}/\\1#g\n`
}
